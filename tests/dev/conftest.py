import pytest

from dev.lib.cache import Cache


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder that is empty."""
    monkeypatch.setenv("PARTNER_COMPANY_DATA_CACHE", str(tmp_path))
    return Cache.open()
