from odoo import models


class PartnerCreditGuard(models.AbstractModel):
    """Keeps who may not read a field from grouping and sorting by it.

    Odoo checks the groups of stored fields there. A related field is followed to the
    stored one behind it first, without regard to its own groups.
    """

    _name = "partner.credit.guard"
    _description = "Rights on Related Fields"

    def _field_to_sql(self, alias, field_expr, query=None):
        field = self._fields.get(field_expr.partition(".")[0])
        if field and field.groups:
            self._check_field_access(field, "read")
        return super()._field_to_sql(alias, field_expr, query)
