"""What people decide about proposals: validate, ignore, undo, for one or hundreds.

A fault of one partner never stops the others: it is reported with its reason. Nothing
is written about a proposal that has moved since the person saw it.

Partners are written with the person's own rights. States of proposals and lines are
written with sudo, here alone: nobody writes them by hand.
"""

import logging
from collections import namedtuple

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import identifiers

from . import registry_compare
from .notification import CLOSE, notification
from .open_records import open_records

_logger = logging.getLogger(__name__)

# Proposals decided, proposals shown again because they had moved, and the reasons
# (dict ``{proposal: sentence}``) why others could not be decided.
Outcome = namedtuple("Outcome", "done moved refused")
# How many reasons one notification can hold.
REASONS_SHOWN = 10


class PartnerUpdateProposal(models.Model):
    _inherit = "partner.update.proposal"

    # === Buttons === #

    def action_validate(self):
        """Write the ticked lines on the partners, remember what is not ticked.

        The context says which revision the person has seen: ``shown_revision`` of one
        proposal, ``shown_revisions`` of many (dict of ids as text). Where it has moved,
        or the partner has, nothing is written and the lines that changed are shown.
        """
        return self._outcome_action(self._validate(), self._count_validated)

    def action_validate_next(self):
        """Validate, for the form that goes on to the next proposal by itself.

        :return: ``False`` when it is done, otherwise the action that tells why not
        """
        self.ensure_one()
        outcome = self._validate()
        return not outcome.done and self._outcome_action(outcome, self._count_validated)

    def action_ignore_all(self):
        """Set proposals aside: the same values don't come back, different ones do."""
        return self._outcome_action(self._ignore_all(), self._count_ignored)

    def action_undo(self):
        """Put back what the partners had, as long as nobody changed it since."""
        return self._outcome_action(self._undo(), self._count_undone)

    def action_open_partner(self):
        self.ensure_one()
        return open_records(self.partner_id)

    def action_open_previous(self):
        """The other updates of these partners, newest first."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Previous updates"),
            "res_model": "partner.update.proposal",
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("partner_id", "in", self.partner_id.ids),
                ("id", "not in", self.ids),
            ],
            "context": {"create": False},
        }

    # === Validate === #

    def _validate(self):
        refused = self._check_partner_access()
        proposals = self._lock_open(refused)
        moved = proposals._refresh_moved()
        proposals -= moved
        ticked = {proposal: proposal._ticked_lines() for proposal in proposals}
        refused |= self._write_lines(ticked, "new_values")
        done = proposals.filtered(lambda proposal: proposal not in refused)
        done._close(ticked)
        return Outcome(done, moved, refused)

    def _close(self, ticked):
        """Record the decision: lines, exclusions, state, and a note on each partner.

        :param ticked: dict ``{proposal: lines that were written}``
        """
        lines = self._pending_lines()
        validated = lines.browse().concat(*(ticked[proposal] for proposal in self))
        ignored = lines - validated
        self._remember(ignored)
        validated.sudo().write({"state": "validated"})
        ignored.sudo().write({"state": "ignored"})
        self._close_if_decided()
        titles = {
            True: self.env._("Update validated"),
            False: self.env._("Update ignored"),
        }
        self._log(
            {
                proposal: (titles[bool(ticked[proposal])], ticked[proposal])
                for proposal in self
            },
            ignored,
        )

    def _remember(self, ignored):
        """Keep what people don't want to be asked about again.

        That an establishment is closed or a company has ceased is never forgotten for
        good: those values alone are.
        """
        Exclusion = self.env["partner.update.exclusion"]
        known = Exclusion._load(ignored.partner_id.ids)
        values = []
        for line in ignored:
            value = None if line._ignored_for_good() else line.new_values
            if value not in known.get((line.partner_id.id, line.key), ()):
                values.append(
                    {
                        "partner_id": line.partner_id.id,
                        "key": line.key,
                        "value": value,
                        "proposal_id": line.proposal_id.id,
                    }
                )
        Exclusion.create(values)

    def _lock_open(self, refused):
        """Lock the open proposals among these, one a partner.

        What two registers say of one partner is decided one after the other.
        """
        for proposals in self.grouped("partner_id").values():
            for proposal in proposals[1:]:
                refused[proposal] = self.env._(
                    "another update of this partner was validated first"
                )
        proposals = self.browse(p.id for p in self if p not in refused)
        proposals = proposals._lock_in_state(("new",), refused)
        return proposals._about_their_partner(refused)

    def _about_their_partner(self, refused):
        """Leave out what the register says of a company that the partner no longer is.

        Somebody has given it another number since, or made it a contact of another:
        the values would be those of the wrong company or establishment.

        :param refused: dict ``{proposal: reason}`` that takes those left out
        """
        # sudo: what was asked about is no secret of the proposal's readers.
        links = (
            self.env["partner.data.link"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("source_id", "in", self.source_id.ids),
                ],
                ["partner_id", "source_id", "identifier"],
            )
        )
        asked = {(link.partner_id, link.source_id): link.identifier for link in links}
        for proposal in self:
            partner = proposal.partner_id
            source = proposal.source_id.sudo()
            number = asked.get((partner.sudo(), source))
            if partner.commercial_partner_id != partner:
                refused[proposal] = self.env._("it is a contact of a company now")
            elif number and not proposal._is_about_number(number):
                refused[proposal] = self.env._(
                    "its SIREN or SIRET has changed since: check it again"
                )
            elif source.kind == "credit" and not source._known_file(partner):
                refused[proposal] = self.env._("it is another company there now")
        return self.browse(p.id for p in self if p not in refused)

    def _is_about_number(self, asked):
        """Whether the partner still has the number of this proposal.

        :param asked: SIREN or SIRET that the register was asked about
        """
        numbers = {asked}
        for line in self.line_ids:
            if line.key == "siret":
                for values in (line.old_values, line.new_values):
                    numbers.update(values.values())
        partner = self.partner_id
        return (partner.l10n_fr_siret or partner.l10n_fr_siren) in {
            identifiers.clean(number) for number in numbers if number
        }

    # === Some lines only === #

    @api.model
    def _validate_lines(self, lines):
        """Validate these lines alone; the others of their proposals go on waiting.

        :param lines: ``partner.update.proposal.line`` of any proposals
        """
        refused = lines.proposal_id._check_partner_access()
        proposals = lines.proposal_id._lock_open(refused)
        moved = self.browse()
        to_write = {}
        for proposal in proposals:
            own = proposal._pending_lines() & lines
            if "seat_moved" in own.mapped("reason"):
                own |= own._other_seat_lines()
            stale = own._stale()
            if stale:
                proposal._refresh(stale)
                moved |= proposal
            elif own:
                to_write[proposal] = own
        refused |= self._write_lines(to_write, "new_values")
        done = self.browse(p.id for p in to_write if p not in refused)
        written = lines.browse().concat(*(to_write[proposal] for proposal in done))
        written.sudo().write({"state": "validated"})
        done._close_if_decided()
        title = self.env._("Update validated")
        self._log({proposal: (title, to_write[proposal]) for proposal in done})
        return Outcome(done, moved, refused)

    @api.model
    def _ignore_lines(self, lines):
        """Set the values of these lines aside; the others go on waiting."""
        proposals = lines.proposal_id
        proposals.check_access("write")
        refused = {}
        proposals = proposals._lock_in_state(("new",), refused)
        ignored = proposals._pending_lines() & lines
        ignored |= ignored._other_seat_lines()
        ignored.write({"ignore": "value"})
        self._remember(ignored)
        ignored.sudo().write({"state": "ignored"})
        proposals._close_if_decided()
        title = self.env._("Update ignored")
        self._log({p: (title, lines.browse()) for p in proposals}, ignored)
        return Outcome(proposals, self.browse(), refused)

    def _make_obsolete(self):
        """Close the open ones among these: what they say is over."""
        # sudo: states are written by checks and decisions alone.
        proposals = self.sudo().filtered(lambda proposal: proposal.state == "new")
        proposals._pending_lines().write({"state": "obsolete"})
        proposals.write({"state": "obsolete"})

    def _close_if_decided(self):
        """Close the proposals of which no line waits any more, move on the others."""
        waiting = self.filtered(lambda proposal: proposal._pending_lines())
        for proposal in waiting.sudo():
            proposal.revision += 1
        closed = self - waiting
        done = closed.filtered(lambda p: "validated" in p.line_ids.mapped("state"))
        done._decide("validated")
        (closed - done)._decide("ignored")

    # === Has it moved since it was shown? === #

    def _refresh_moved(self):
        """Show again the proposals that have moved: nothing is written about them.

        :return: the proposals whose revision is not the one shown, or whose partner
            no longer has the values that the ticked lines replace
        """
        moved = self._moved_revision()
        for proposal in self:
            stale = proposal._ticked_lines()._stale()
            if stale:
                proposal._refresh(stale)
                moved |= proposal
        return moved

    def _refresh(self, lines):
        """Have lines show what the partner has now."""
        for line in lines.sudo():
            field = line._registry_field()
            current = line._partner_values()
            if registry_compare.same_value(field, current, line.new_values):
                line.state = "obsolete"
                continue
            values = {"state": "changed", "old_values": current}
            if line.reason != "seat_moved":
                known = registry_compare.is_known(current[field.fields[0]])
                values["reason"] = "difference" if known else "completion"
            line.write(values)
        proposal = self.sudo()
        proposal.revision += 1
        if not proposal._pending_lines():
            proposal.state = "obsolete"

    # === Ignore === #

    def _ignore_all(self):
        self.check_access("write")
        refused = {}
        proposals = self._lock_in_state(("new",), refused)
        moved = proposals._moved_revision()
        proposals -= moved
        lines = proposals._pending_lines()
        lines.write({"ignore": "value"})
        self._remember(lines)
        lines.sudo().write({"state": "ignored"})
        proposals._decide("ignored")
        title = self.env._("Update ignored")
        self._log({proposal: (title, lines.browse()) for proposal in proposals}, lines)
        return Outcome(proposals, moved, refused)

    def _moved_revision(self):
        """The proposals of which the person has seen another revision."""
        shown = self.env.context.get("shown_revisions") or {}
        if len(self) == 1 and self.env.context.get("shown_revision"):
            shown = {str(self.id): self.env.context["shown_revision"]}
        return self.filtered(
            lambda proposal: (
                shown.get(str(proposal.id), proposal.revision) != proposal.revision
            )
        )

    # === Undo === #

    def _undo(self):
        refused = self._check_partner_access()
        proposals = self.browse(p.id for p in self if p not in refused)
        proposals = proposals._lock_in_state(("validated", "ignored"), refused)
        written = {}
        for proposal in proposals:
            lines = proposal.line_ids.filtered(lambda line: line.state == "validated")
            changed = lines.filtered(
                lambda line: line._partner_values() != line.new_values
            )
            if changed:
                refused[proposal] = self.env._(
                    "changed since: %(fields)s", fields=changed._labels()
                )
            else:
                written[proposal] = lines
        refused |= self._write_lines(written, "old_values")
        done = self.browse(p.id for p in written if p not in refused)
        title = self.env._("Validation undone")
        self._log({p: (title, written[p]) for p in done}, undo=True)
        done._reopen()
        return Outcome(done, self.browse(), refused)

    def _reopen(self):
        """Ask again about undone proposals, unless a newer one is open already."""
        self.env["partner.update.exclusion"].search(
            [("proposal_id", "in", self.ids)]
        ).unlink()
        already_open = {
            (proposal.partner_id, proposal.source_id)
            for proposal in self.search(
                [("partner_id", "in", self.partner_id.ids), ("state", "=", "new")]
            )
        }
        for proposal in self.sudo():
            key = (proposal.partner_id, proposal.source_id)
            state = "obsolete" if key in already_open else "new"
            already_open.add(key)
            proposal.line_ids.filtered(
                lambda line: line.state in ("validated", "ignored")
            ).write({"state": state})
            proposal.write(
                {
                    "state": state,
                    "revision": proposal.revision + 1,
                    "decided_by_id": False,
                    "decided_on": False,
                }
            )

    # === Shared steps === #

    def _check_partner_access(self):
        """Check the person's rights: on proposals once, on each partner.

        :return: dict ``{proposal: reason}`` of partners that they may not change
        :raise AccessError: when they may not decide at all
        """
        self.check_access("write")
        self.env["res.partner"].check_access("write")
        allowed = self.partner_id._filtered_access("write")
        reason = self.env._("you may not change this partner")
        return {p: reason for p in self if p.partner_id not in allowed}

    def _lock_in_state(self, states, refused):
        """Lock these proposals and leave out those that somebody else decided.

        :param refused: dict ``{proposal: reason}`` that takes those left out
        """
        locked = self.try_lock_for_update(allow_referencing=True)
        for proposal in self - locked:
            refused[proposal] = self.env._("somebody else is working on it")
        # Read anew what is locked now.
        locked.invalidate_recordset()
        locked.line_ids.invalidate_recordset()
        found = locked.filtered(lambda proposal: proposal.state in states)
        for proposal in locked - found:
            refused[proposal] = self.env._("decided already")
        return found

    @api.model
    def _write_lines(self, lines_by_proposal, side):
        """Write one side of these lines on the partners, with the person's rights.

        :param lines_by_proposal: dict ``{proposal: lines}``
        :param side: ``new_values`` or ``old_values``
        :return: dict ``{proposal: reason}`` of those that Odoo refused
        """
        values = {}
        for proposal, lines in lines_by_proposal.items():
            values[proposal] = {}
            for line in lines:
                names = line._registry_field().fields
                values[proposal].update((name, line[side][name]) for name in names)
        values = {proposal: vals for proposal, vals in values.items() if vals}
        change = self._states_along if side == "new_values" else self._states_back
        states = {
            proposal: change(proposal.partner_id, vals, lines_by_proposal[proposal])
            for proposal, vals in values.items()
        }
        reasons = self._write_partners(
            {
                proposal.id: (proposal.partner_id, vals)
                for proposal, vals in values.items()
            }
        )
        for proposal, written in states.items():
            if proposal.id not in reasons:
                for line, state_ids in written.items():
                    line.sudo().state_ids_written = state_ids
        return {self.browse(id_): reason for id_, reason in reasons.items()}

    @api.model
    def _states_along(self, partner, vals, lines):
        """Have the state go along with a new postcode or country.

        :param vals: what is about to be written; gets the state
        :return: dict ``{line: its state_ids_written}``
        """
        moved = lines.filtered(lambda line: line.key in ("zip", "country"))
        written = dict.fromkeys(moved.filtered("state_ids_written"), False)
        state_id = partner._state_beside(vals) if moved else None
        if state_id is not None:
            vals["state_id"] = state_id
            written[moved[0]] = [partner.state_id.id, state_id]
        return written

    @api.model
    def _states_back(self, partner, vals, lines):
        """Put back the state that went along, unless somebody changed it since."""
        written = lines.filtered("state_ids_written").mapped("state_ids_written")
        for before, after in written:
            if partner.state_id.id == after:
                vals["state_id"] = before
        return {}

    @api.model
    def _write_partners(self, writes):
        """Write on many partners; one that Odoo refuses doesn't stop the others.

        Contacts and delivery addresses stay as they are. All are written under one
        savepoint, and one by one only after a failure.

        :param writes: dict ``{key: (partner, values)}``
        :return: dict ``{key: reason}`` of those that were refused
        """
        if not writes:
            return {}
        # The note on the partner tells old and new values: no tracking beside it.
        context = {"registry_keep_contacts": True, "mail_notrack": True}
        failures = (UserError, ValueError, psycopg2.Error)
        # What fails here is none of the partners' fault.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                for partner, values in writes.values():
                    partner.with_context(**context).write(values)
            return {}
        except psycopg2.OperationalError:
            # Somebody else writes the same rows: for whoever can do it all again.
            raise
        except failures as error:
            if len(writes) == 1:
                return dict.fromkeys(writes, self._refusal(error))
        refused = {}
        for key, (partner, values) in writes.items():
            try:
                with self.env.cr.savepoint():
                    partner.with_context(**context).write(values)
            except psycopg2.OperationalError:
                raise
            except failures as error:
                refused[key] = self._refusal(error)
        return refused

    @api.model
    def _refusal(self, error):
        """Why Odoo refused values, in words for people."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("values of a register refused", exc_info=error)
        return self.env._("Odoo does not accept one of these values")

    def _decide(self, state):
        # One decision is tracked on the proposal; of hundreds, the notes tell.
        self.sudo().with_context(tracking_disable=len(self) > 1).write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )

    @api.model
    def _log(self, decisions, ignored=None, undo=False):
        """One internal note on each partner.

        :param decisions: dict ``{proposal: (title, lines written)}``
        :param ignored: lines that are ignored
        """
        ignored = (ignored or self.line_ids.browse()).grouped("proposal_id")
        notes = {}
        for proposal, (title, lines) in decisions.items():
            old, new = ("new", "old") if undo else ("old", "new")
            partner_id = proposal.partner_id.id
            notes[partner_id] = notes.get(partner_id, Markup()) + self._note(
                f"{title} – {proposal.source_id.name}",
                [
                    (line.key, line[f"{old}_values"], line[f"{new}_values"])
                    for line in lines
                ],
                proposal.register_date,
                ignored.get(proposal, ()),
                lines._states_in_words(undo),
            )
        self.env["res.partner"].browse(notes)._message_log_batch(bodies=notes)

    # === What the person is told === #

    @api.model
    def _outcome_action(self, outcome, count_done):
        """Action that tells how it went; the view is read anew after it."""
        total = len(outcome.done) + len(outcome.moved) + len(outcome.refused)
        sentences = []
        if outcome.done:
            sentences.append(count_done(len(outcome.done)))
        if outcome.moved:
            sentences.append(
                self.env._(
                    "Changed meanwhile, nothing was written: %(partners)s. Look at the "
                    "values as they are now and validate again.",
                    partners=", ".join(outcome.moved.partner_id.mapped("name")),
                )
            )
        for proposal, reason in list(outcome.refused.items())[:REASONS_SHOWN]:
            sentences.append(
                self.env._(
                    "%(what)s: %(value)s", what=proposal.partner_id.name, value=reason
                )
            )
        if len(outcome.refused) > REASONS_SHOWN:
            sentences.append(
                self.env._(
                    "And %(count)s others.", count=len(outcome.refused) - REASONS_SHOWN
                )
            )
        complete = len(outcome.done) == total
        return notification(
            " \u2022 ".join(sentences),
            "success" if complete else "warning",
            CLOSE,
            sticky=not complete,
        )

    @api.model
    def _count_validated(self, count):
        return self.env._("Updates validated: %(count)s", count=count)

    @api.model
    def _count_filled(self, count):
        return self.env._("Partners filled: %(count)s", count=count)

    @api.model
    def _count_ignored(self, count):
        return self.env._("Updates ignored: %(count)s", count=count)

    @api.model
    def _count_undone(self, count):
        return self.env._("Validations undone: %(count)s", count=count)
