"""Calls that fail because they were told to, and what the SDK makes of them."""

import pytest
import stripe

from apps.billing.emulator import Emulator


def client(emulator: Emulator, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_emulator", base_addresses={"api": emulator.url}, max_network_retries=retries
    )


def test_a_client_made_without_a_number_of_retries_makes_none(stripe_emulator: Emulator) -> None:
    stripe_emulator.fail_next(500)
    with pytest.raises(stripe.APIError):
        stripe.StripeClient(
            "sk_test_emulator", base_addresses={"api": stripe_emulator.url}
        ).v1.customers.create({"name": "Ada"})


@pytest.mark.parametrize("fault", [500, "timeout", "lost"])
def test_a_client_that_retries_makes_one_customer(stripe_emulator: Emulator, fault: int) -> None:
    stripe_emulator.fail_next(fault)
    made = client(stripe_emulator, retries=1).v1.customers.create({"name": "Ada"})

    found = client(stripe_emulator, retries=0).v1.customers.list().data
    assert [customer.id for customer in found] == [made.id]


def test_too_many_calls_are_said_as_stripe_says_it(stripe_emulator: Emulator) -> None:
    stripe_emulator.fail_next(429)
    with pytest.raises(stripe.RateLimitError):
        client(stripe_emulator, retries=1).v1.customers.list()


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"nickname": "Ada"}, "parameter_unknown", "nickname"),
        ({"invoice_settings": {"colour": "red"}}, "parameter_unknown", "invoice_settings[colour]"),
        ({"tax_exempt": "perhaps"}, None, "tax_exempt"),
        ({"balance": "much"}, "parameter_invalid_integer", "balance"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    stripe_emulator: Emulator, params: dict[str, object], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client(stripe_emulator, retries=0).raw_request("post", "/v1/customers", **params)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_what_is_needed_and_missing_is_refused_by_name(stripe_emulator: Emulator) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client(stripe_emulator, retries=0).raw_request("post", "/v1/prices", product="prod_1")
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "currency")
