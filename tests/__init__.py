from . import test_check
