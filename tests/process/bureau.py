"""What the tests of bureaus begin with: an account at the sandbox, and companies."""


def open_account(env, url, **values):
    """An account at the sandbox's Creditsafe."""
    return env["partner.data.source"].create(
        {
            "name": "Creditsafe",
            "code": "creditsafe",
            "kind": "credit",
            "state": "enabled",
            "company_id": env.ref("base.main_company").id,
            "base_url": f"{url}/creditsafe/v1",
            "username": "sandbox@example.com",
            "password": "sandbox-password",
            **values,
        }
    )


def create_companies(env, numbers):
    """Partners with these numbers (SIREN or SIRET) and names."""
    return env["res.partner"].create(
        [
            {
                "name": name or number,
                "is_company": True,
                "company_registry": number,
                "country_id": env.ref("base.fr").id,
            }
            for number, name in numbers
        ]
    )
