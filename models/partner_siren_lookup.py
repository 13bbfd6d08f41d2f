"""Looking for the SIREN of many partners in the background.

The scheduled action asks the register partner by partner; the candidates wait in the
review list until a person accepts one. Each answer is stored and committed by itself:
meanwhile the row of this list is locked, the partner never.
"""

import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import errors, matching
from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria

from . import retention
from .notification import RELOAD, notification

_logger = logging.getLogger(__name__)

MAX_CANDIDATES = 10
MAX_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=15)
# As many failures of the service in a row mean that it is down.
FAILURES_BEFORE_STOP = 3
# The rule for certain cases: how far the second candidate has to be behind, and how
# well the first one has to fit.
CERTAIN_GAP = 10
CERTAIN_RATE = 88
# What is taken over from the list; the address comes as a proposal.
PARTS = ("identifier", "legal_name", "facts")


class PartnerSirenLookup(models.Model):
    """A partner whose SIREN is looked for, and the candidates that were found."""

    _name = "partner.siren.lookup"
    _description = "SIREN to Find"
    _order = "match_rate DESC NULLS LAST, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    source_id = fields.Many2one(
        "partner.data.source", readonly=True, ondelete="set null"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("candidates", "To review"),
            ("nothing", "Nothing found"),
            ("failed", "Failed"),
            ("done", "Accepted"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    searched_on = fields.Datetime(readonly=True)
    next_try = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    reason = fields.Char(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    candidate_ids = fields.One2many(
        "partner.siren.lookup.candidate", "lookup_id", string="Candidates"
    )
    candidate_id = fields.Many2one(
        "partner.siren.lookup.candidate",
        string="Best candidate",
        compute="_compute_candidate_id",
        store=True,
        ondelete="set null",
        help="The ticked one: the best, as long as nobody chose another.",
    )
    match_rate = fields.Integer(
        related="candidate_id.match_rate", store=True, aggregator=None
    )
    alternative_count = fields.Integer(
        string="Alternatives", readonly=True, aggregator=None
    )
    gap = fields.Integer(
        readonly=True,
        aggregator=None,
        help="How many points the second candidate is behind the best.",
    )
    # Both sides beside each other in the list.
    partner_street = fields.Char(related="partner_id.street")
    partner_zip = fields.Char(related="partner_id.zip", string="Postcode")
    partner_city = fields.Char(related="partner_id.city", string="City")
    match_details = fields.Char(related="candidate_id.match_details")
    administrative_state = fields.Selection(related="candidate_id.administrative_state")
    siret = fields.Char(related="candidate_id.siret")
    legal_name = fields.Char(related="candidate_id.legal_name")
    candidate_street = fields.Char(
        related="candidate_id.street", string="Street in the register"
    )
    candidate_zip = fields.Char(
        related="candidate_id.zip", string="Postcode in the register"
    )
    candidate_city = fields.Char(
        related="candidate_id.city", string="City in the register"
    )
    candidate_state = fields.Selection(
        related="candidate_id.state", string="In database"
    )

    _partner_uniq = models.UniqueIndex(
        "(partner_id)", "This partner is looked up already."
    )
    _queue_idx = models.Index("(next_try NULLS FIRST, id) WHERE state = 'waiting'")

    @api.depends("candidate_ids.selected")
    def _compute_candidate_id(self):
        for lookup in self:
            lookup.candidate_id = lookup.candidate_ids.filtered("selected")[:1]

    # === Start === #

    @api.model
    def _start(self, partners):
        """Have these partners looked up in the background and show the list.

        Partners with a SIRET, and those that wait already, are left out.
        """
        self.check_access("write")
        partners.check_access("write")
        wanted = partners.commercial_partner_id.filtered(
            lambda partner: not partner.l10n_fr_siret
        )
        if not wanted:
            raise UserError(self.env._("All these partners have their SIRET already."))
        self.env["partner.data.source"]._active_registry_or_raise()
        self.flush_model()
        ids = [
            lookup_id
            for (lookup_id,) in self.env.execute_query(
                SQL(
                    """
                    INSERT INTO partner_siren_lookup AS lookup
                                (partner_id, user_id, state, attempts)
                    SELECT partner_id, %(user)s, 'waiting', 0
                      FROM unnest(%(partners)s) AS partner_id
               ON CONFLICT (partner_id) DO UPDATE
                       SET state = 'waiting', user_id = EXCLUDED.user_id,
                           attempts = 0, reason = NULL, next_try = NULL,
                           decided_by_id = NULL, decided_on = NULL
                     WHERE lookup.state <> 'waiting'
                 RETURNING id
                    """,
                    user=self.env.uid,
                    partners=wanted.ids,
                )
            )
        ]
        self.invalidate_model()
        # sudo: the candidates of an earlier search are the system's.
        lookups = self.browse(ids).sudo()
        lookups.candidate_ids.unlink()
        self._trigger()
        return self._review_action(len(ids))

    @api.model
    def _trigger(self, at=None):
        self.env.ref("partner_company_data.cron_siren_lookup").sudo()._trigger(at=at)

    @api.model
    def _review_action(self, count):
        return notification(
            self.env._(
                "%(count)s partners are looked up. What is found comes into this list: "
                "nothing is written before you accept it.",
                count=count,
            ),
            then=self.env["ir.actions.actions"]._for_xml_id(
                "partner_company_data.partner_siren_lookup_action"
            ),
        )

    # === Search === #

    @api.model
    def _cron_look_up(self):
        """Look up the partners that wait, one after another (scheduled action)."""
        source = self.env["partner.data.source"]._active_registry()
        if not source:
            return
        source = source._for_work()
        Lookup = self.sudo().with_env(source.env)
        progress = self.env["ir.cron"]._commit_progress
        connector = None
        failures = 0
        time_left = progress(remaining=Lookup._count_due())
        while time_left and (lookup := Lookup._claim()):
            try:
                connector = connector or source._connector()
                lookup._look_up(source, connector)
                self.env.flush_all()
                failures = 0
            except (errors.AuthenticationError, errors.QuotaError) as error:
                lookup._stop(source, error)
                progress(remaining=0)
                return
            except errors.ServiceError as error:
                lookup._fail(source, error)
                failures += isinstance(error, errors.TransientError)
                if failures == FAILURES_BEFORE_STOP:
                    Lookup._trigger(at=fields.Datetime.now() + RETRY_AFTER)
                    progress(remaining=0)
                    return
            except psycopg2.errors.SerializationFailure:
                # Somebody changed the partner at this moment: it still waits.
                self.env.cr.rollback()
            except Exception:
                _logger.exception("SIREN look-up %s failed", lookup.id)
                self.env.cr.rollback()
                lookup.write(
                    {
                        "state": "failed",
                        "reason": self.env._("The answer could not be stored."),
                    }
                )
            time_left = progress(1)
        if time_left:
            progress(remaining=0)

    @api.model
    def _count_due(self):
        return self.search_count(
            [
                ("state", "=", "waiting"),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", fields.Datetime.now()),
            ]
        )

    @api.model
    def _claim(self):
        """The next partner that waits, its row locked until the commit.

        The first statement of its transaction, so that parallel workers don't meet.
        """
        for _attempt in range(MAX_ATTEMPTS):
            self.env.cr.rollback()
            try:
                self.env.cr.execute(
                    """
                    SELECT id FROM partner_siren_lookup
                     WHERE state = 'waiting'
                       AND (next_try IS NULL OR next_try <= %s)
                  ORDER BY next_try NULLS FIRST, id
                     LIMIT 1
                       FOR NO KEY UPDATE SKIP LOCKED
                    """,
                    [fields.Datetime.now()],
                )
                return self.browse([row[0] for row in self.env.cr.fetchall()])
            except psycopg2.errors.SerializationFailure:
                continue
        self.env.cr.rollback()
        return self.browse()

    def _look_up(self, source, connector):
        """Ask the register for this partner and keep the candidates.

        :raise ServiceError: what the service did
        """
        self.ensure_one()
        partner = self.partner_id
        if partner.l10n_fr_siret:
            self._close("done", self.env._("The partner has a SIRET meanwhile."))
            return
        criteria = partner._prepare_lookup_criteria()
        criteria = SearchCriteria(
            **{name: value or None for name, value in criteria.items()},
            active_only=True,
        )
        found = matching.rank(criteria, connector.lookup(criteria))
        self._keep(source, found[:MAX_CANDIDATES])
        if source.lookup_auto_accept and self._is_certain():
            self._accept(self.env._("Accepted by the rule for certain cases."))

    def _keep(self, source, found):
        self.candidate_ids.unlink()
        Candidate = self.env["partner.siren.lookup.candidate"]
        lines = Candidate._prepare_candidates_vals(found, self.partner_id)
        for vals in lines:
            vals["lookup_id"] = self.id
        for vals in lines[:1]:
            vals["selected"] = True
        Candidate.create(lines)
        rates = [candidate.match.rate for candidate in found]
        self.write(
            {
                "state": "candidates" if lines else "nothing",
                "source_id": source.id,
                "searched_on": fields.Datetime.now(),
                "reason": False,
                "alternative_count": max(len(lines) - 1, 0),
                "gap": rates[0] - rates[1] if len(rates) > 1 else 0,
            }
        )

    def _is_certain(self):
        """Whether the rule for certain cases allows to take the best one over."""
        best = self.candidate_id
        return (
            best.administrative_state == "active"
            and best.state == "new"
            and best.match_rate >= CERTAIN_RATE
            and bool(best.zip)
            and (self.partner_id.zip or "").strip() == best.zip
            and (not self.alternative_count or self.gap > CERTAIN_GAP)
        )

    def _fail(self, source, error):
        """One partner could not be looked up; the others go on."""
        _logger.warning("SIREN look-up %s: %s: %s", self.id, error.code, error)
        again = (
            isinstance(error, errors.TransientError)
            and self.attempts + 1 < MAX_ATTEMPTS
        )
        self.write(
            {
                "state": "waiting" if again else "failed",
                "attempts": self.attempts + 1,
                "next_try": fields.Datetime.now() + RETRY_AFTER if again else False,
                "reason": source._error_sentence(error),
            }
        )

    def _stop(self, source, error):
        """The service wants no more questions for now: the others wait as well."""
        sentence = source._error_sentence(error)
        _logger.warning("SIREN look-up stopped: %s: %s", error.code, error)
        self.reason = sentence
        if isinstance(error, errors.AuthenticationError):
            source._suspend(sentence)
            return
        resume_at = fields.Datetime.now() + RETRY_AFTER
        if error.reset_at:
            resume_at = max(resume_at, error.reset_at.replace(tzinfo=None))
        self._trigger(at=resume_at)

    # === Decide === #

    def action_accept(self):
        """Write the ticked candidate's number on each partner that one may write."""
        self.check_access("write")
        open_lookups = self.filtered(
            lambda lookup: lookup.state == "candidates" and lookup.candidate_id
        )
        if not open_lookups:
            raise UserError(self.env._("None of these partners has a candidate."))
        writable = set(open_lookups.partner_id._filtered_access("write").ids)
        accepted = open_lookups.filtered(
            lambda lookup: lookup.partner_id.id in writable
        )
        if not accepted:
            raise UserError(self.env._("You may not change any of these partners."))
        for lookup in accepted:
            try:
                with self.env.cr.savepoint():
                    lookup._accept()
            except UserError as error:
                if len(accepted) == 1:
                    raise
                # One partner that Odoo refuses doesn't stop the others.
                lookup.reason = str(error)
        return len(accepted) < len(self) and self._left_notification(
            len(accepted), len(self) - len(accepted)
        )

    def _left_notification(self, accepted, left):
        return notification(
            self.env._(
                "%(accepted)s accepted. %(left)s stay: they have no candidate, or "
                "you may not change the partner.",
                accepted=accepted,
                left=left,
            ),
            "warning",
            RELOAD,
        )

    def _accept(self, reason=False):
        self.ensure_one()
        if self.partner_id.l10n_fr_siret:
            self._close("done", self.env._("The partner has a SIRET meanwhile."))
            return
        # sudo: readers of the list don't read sources; the name is shown only.
        self.candidate_id._write_on_partner(
            self.partner_id, self.sudo().source_id, PARTS
        )
        self._close("done", reason)

    def action_dismiss(self):
        """None of the candidates is meant."""
        self.check_access("write")
        self._close("dismissed")

    def _close(self, state, reason=False):
        self.write(
            {
                "state": state,
                "reason": reason,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )

    def action_retry(self):
        """Look these partners up once more."""
        self.check_access("write")
        return self._start(self.partner_id)

    def action_open_dialog(self):
        """Look the partner up by hand, with other words."""
        self.ensure_one()
        return self.partner_id.action_get_siren()

    @api.autovacuum
    def _gc_decided(self):
        """Take away what was decided long ago."""
        old = self.search(
            [
                ("state", "in", ("done", "dismissed")),
                ("decided_on", "<", retention.older_than(retention.FACTS)),
            ],
            limit=retention.LIMIT,
        )
        return retention.remove(old)


class PartnerSirenLookupCandidate(models.Model):
    """A company that may be the partner."""

    _name = "partner.siren.lookup.candidate"
    _description = "Candidate for a Partner's SIREN"
    _inherit = "partner.company.candidate"
    _log_access = False

    lookup_id = fields.Many2one(
        "partner.siren.lookup", required=True, ondelete="cascade", index=True
    )
