-- A copy of the database asks no service and holds no key.
UPDATE partner_data_source
   SET state = 'disabled', api_key = NULL
 WHERE state != 'disabled' OR api_key IS NOT NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM partner_data_source WHERE cron_id IS NOT NULL)
    OR id IN (
        SELECT res_id
          FROM ir_model_data
         WHERE module = 'partner_company_data' AND model = 'ir.cron'
    );
DELETE FROM ir_cron_trigger
 WHERE cron_id IN (
        SELECT res_id
          FROM ir_model_data
         WHERE module = 'partner_company_data' AND model = 'ir.cron'
    );
UPDATE partner_data_source
   SET username = NULL, password = NULL
 WHERE username IS NOT NULL OR password IS NOT NULL;
DELETE FROM partner_data_token;
UPDATE partner_data_call
   SET state = 'failed', ended_on = started_on, error = 'Copy of the database'
 WHERE state = 'pending';
UPDATE partner_credit_order
   SET state = 'stopped', stop_reason = 'Copy of the database'
 WHERE state = 'running';
