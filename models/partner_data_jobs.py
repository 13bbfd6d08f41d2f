"""The nightly check as jobs of OCA's ``queue_job``, in databases that have it.

Several machines share the work then. A job must not commit: it is one
``_process_batch``. The module is no dependency; it is looked for when a run begins.
"""

from odoo import fields, models
from odoo.tools import SQL, split_every

from odoo.addons.partner_company_data.connectors import errors

from .partner_data_answer import RETRY_MINUTES


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _has_job_queue(self):
        return "queue.job" in self.env

    def _hand_out(self):
        """Make a job of each batch that is due (scheduled action).

        What an earlier job has checked meanwhile, or still waits in one, is not asked
        about twice: a job checks what is due when its turn comes, and equal jobs that
        wait are one.
        """
        from odoo.addons.queue_job.job import identity_exact

        source = self._for_work()
        run, _connector, register_date = source._begin_run()
        if register_date:
            batches = list(
                split_every(source.batch_size, source._due_link_ids(register_date))
            )
            for batch in batches:
                source.with_delay(
                    description=self.env._("Check partners at %s", source.name),
                    identity_key=identity_exact,
                )._check_in_job(list(batch), register_date)
            run._end("done", self.env._("Handed out as %s jobs.", len(batches)))
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _due_link_ids(self, register_date):
        """Links whose time has come, those that wait for longest first."""
        query = self._queue_query()
        query.add_where(self._due(register_date))
        query.order = SQL("link.next_check NULLS FIRST, link.id")
        query.limit = self._left_today() if self.daily_limit else None
        return [
            link_id
            for (link_id,) in self.env.execute_query(query.select(SQL("link.id")))
        ]

    def _check_in_job(self, link_ids, register_date):
        """Check one batch; what went wrong decides whether the job is tried again.

        :return: what the list of jobs shows as the result
        """
        from odoo.addons.queue_job.exception import RetryableJobError

        source = self._for_work()
        if source.state != "enabled":
            return self.env._("%s is not in use any more.", source.name)
        try:
            done = source._process_batch(link_ids, register_date)
        except errors.AuthenticationError as error:
            sentence = source._error_sentence(error)
            source._suspend(sentence)
            return sentence
        except errors.QuotaError as error:
            raise RetryableJobError(
                source._error_sentence(error),
                seconds=_seconds_until(error.reset_at),
                ignore_retry=True,
            ) from error
        except errors.TransientError as error:
            raise RetryableJobError(
                source._error_sentence(error), seconds=RETRY_MINUTES * 60
            ) from error
        except errors.ServiceError as error:
            rows = source._lock_rows(link_ids, register_date)
            source._store_answer(rows, error, register_date)
            return source._error_sentence(error)
        return self.env._("%s partners checked.", len(done))


def _seconds_until(moment):
    """From now to ``moment`` (aware, or ``None``: not told), a minute at least."""
    if not moment:
        return RETRY_MINUTES * 60
    left = moment.replace(tzinfo=None) - fields.Datetime.now()
    return max(60, int(left.total_seconds()))
