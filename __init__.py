from . import connectors, models, wizards
from .hooks import uninstall_hook
