"""The log-in token of a source, shared by all workers of the database."""

import time
from contextlib import contextmanager
from datetime import timezone

from psycopg2.errors import SerializationFailure

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.tokens import Token

ATTEMPTS = 10


def commit_apart(env):
    """Commit the own transaction of a purchase or a token: never the caller's.

    :param env: from :meth:`PartnerDataSource._own_env`
    """
    env.cr.commit()  # pylint: disable=invalid-commit


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    @contextmanager
    def _own_env(self):
        """An environment of its own transaction, rolled back unless committed.

        Nothing that the calling transaction made, changed or locked may be touched in
        it: it would wait for ever. What it commits, the caller sees in its next
        transaction only.
        """
        with self.env.registry.cursor() as cr:
            # Better an error than two transactions that wait for one another; the
            # pool takes the setting back.
            cr.execute("SET lock_timeout = '90s'")
            context = {
                key: value
                for key, value in self.env.context.items()
                if key in ("lang", "tz", "allowed_company_ids")
            }
            yield api.Environment(cr, self.env.uid, context, su=True)
            cr.rollback()

    def _token_store(self):
        """Where this source's token is kept, for its connector."""
        self.ensure_one()
        return _TokenStore(self)

    def _forget_token(self):
        """Take the token away, and the memory of a refused log-in with it."""
        self.env["partner.data.token"].sudo().search(
            [("source_id", "in", self.ids)]
        ).unlink()

    def _suspend_apart(self, reason):
        """Suspend in an own transaction: the caller is about to be rolled back.

        A source that is not in use yet has nothing to be suspended from.
        """
        with self._own_env() as env:
            source = env[self._name].browse(self.id)
            if source.state in ("enabled", "test"):
                source._suspend(reason)
                commit_apart(env)


class _TokenStore:
    """``connectors.tokens.TokenStore`` on the table of tokens."""

    def __init__(self, source):
        self._source = source

    def current(self):
        with self._source._own_env() as env:
            return _token(self._row(env))

    def renew(self, log_in, refused=None):
        """A fresh token, by one log-in of all workers.

        A refused log-in is remembered until the account's settings change: workers
        that wait for the lock do not try it again, which would lock the account.
        """
        with self._source._own_env() as env:
            row = self._locked_row(env)
            token = _token(row)
            if token and token.value != refused and token.is_fresh():
                return token
            if row["refusal"]:
                raise errors.AuthenticationError(
                    row["refusal"], service=self._source.code
                )
            try:
                token = log_in()
            except errors.AuthenticationError as error:
                self._write(env, token=None, refusal=str(error))
                commit_apart(env)
                raise
            self._write(
                env,
                token=token.value,
                renew_on=_naive(token.renew_at),
                expires_on=_naive(token.expires_at),
            )
            commit_apart(env)
            return token

    def _locked_row(self, env):
        """The token's row, locked and as it is at this moment."""
        for attempt in range(ATTEMPTS):
            try:
                env.cr.execute(
                    """
                    INSERT INTO partner_data_token (source_id) VALUES (%s)
                    ON CONFLICT (source_id) DO NOTHING
                    """,
                    [self._source.id],
                    log_exceptions=False,
                )
                commit_apart(env)
                return self._row(env, SQL("FOR NO KEY UPDATE"))
            except SerializationFailure:
                # Somebody renewed it while we waited: read what they wrote.
                env.cr.rollback()
                time.sleep(0.02 * attempt)
        raise errors.TransientError(
            "The log-in is being renewed by too many at once.",
            service=self._source.code,
        )

    def _row(self, env, lock=None):
        env.cr.execute(
            SQL(
                """
                SELECT token, renew_on, expires_on, refusal FROM partner_data_token
                 WHERE source_id = %s %s
                """,
                self._source.id,
                lock or SQL(),
            ),
            # Another worker that was quicker is no error of anyone.
            log_exceptions=False,
        )
        rows = env.cr.dictfetchall()
        return rows[0] if rows else None

    def _write(self, env, token, renew_on=None, expires_on=None, refusal=None):
        env.cr.execute(
            """
            UPDATE partner_data_token
               SET token = %s, renew_on = %s, expires_on = %s, refusal = %s
             WHERE source_id = %s
            """,
            [token, renew_on, expires_on, refusal, self._source.id],
            # Odoo logs a statement that fails with its values.
            log_exceptions=False,
        )


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _token(row):
    if not row or not row["token"]:
        return None
    return Token(
        value=row["token"],
        renew_at=row["renew_on"].replace(tzinfo=timezone.utc),
        expires_at=row["expires_on"].replace(tzinfo=timezone.utc),
    )
