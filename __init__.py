from . import connectors, models, wizards
