"""What people say about themselves, and where they are logged in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import devices
from apps.accounts.models import User
from apps.accounts.services.profile import profile_update
from apps.core.errors import Invalid

pytestmark = pytest.mark.django_db
Acts = Callable[[], list[Any]]
CHANGES = {"name": "Ana  Ruiz", "time_zone": "America/Lima", "language": "de", "theme": "dark"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


class TestProfile:
    def test_is_saved_and_recorded(self, person: User, signed_in: Any, acts: Acts) -> None:
        name = person.name
        answer = signed_in(person).post(reverse("account:profile"), CHANGES)
        assert answer.url == reverse("account:profile")
        person.refresh_from_db()
        assert (person.name, person.time_zone, person.language, person.theme) == (
            "Ana Ruiz",
            "America/Lima",
            "de",
            "dark",
        )
        [entry] = acts()
        assert entry.action == "account.profile_changed"
        assert (entry.detail.before["name"], entry.detail.after["name"]) == (name, "Ana Ruiz")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", " "), ("time_zone", "Mars/Olympus"), ("language", "xx"), ("theme", "pink")],
    )
    def test_bad_input_is_shown_with_what_was_typed(
        self, person: User, signed_in: Any, field: str, value: str
    ) -> None:
        answer = signed_in(person).post(reverse("account:profile"), CHANGES | {field: value})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        person.refresh_from_db()
        assert person.theme == "system"

    def test_the_service_checks_too(self, person: User) -> None:
        with pytest.raises(Invalid) as refused:
            profile_update(user_id=person.id, name="", time_zone="Mars/Olympus")
        assert set(refused.value.fields) == {"name", "time_zone"}

    def test_saving_without_a_change_is_no_act(self, person: User, signed_in: Any, acts: Acts) -> None:
        profile_update(user_id=person.id, name=person.name)
        assert acts() == []

    def test_pages_speak_the_language_and_show_the_zone(self, person: User, signed_in: Any) -> None:
        profile_update(user_id=person.id, time_zone="America/Lima", language="de")
        page = signed_in(person).get(reverse("account:profile")).content.decode()
        assert '<html lang="de"' in page
        assert timezone.get_current_timezone_name() == "UTC", "the next request starts afresh"

    def test_a_visitor_is_asked_to_log_in(self, client: Client) -> None:
        assert client.get(reverse("account:profile")).url == f"{reverse('account_login')}?next=/account/"

    def test_few_queries(self, person: User, signed_in: Any, django_assert_max_num_queries: Any) -> None:
        client = signed_in(person)
        client.get(reverse("account:profile"))
        with django_assert_max_num_queries(8):
            client.get(reverse("account:profile"))


class TestTheme:
    def test_is_kept(self, person: User, signed_in: Any) -> None:
        assert signed_in(person).post(reverse("account:theme"), {"theme": "dark"}).status_code == 204
        person.refresh_from_db()
        assert person.theme == "dark"

    def test_another_one_is_refused(self, person: User, signed_in: Any) -> None:
        assert signed_in(person).post(reverse("account:theme"), {"theme": "pink"}).status_code == 400


class TestDevices:
    def browser(self, signed_in: Any, person: User, user_agent: str) -> Client:
        client: Client = signed_in(person)
        client.defaults["HTTP_USER_AGENT"] = user_agent
        client.get(reverse("account:profile"))
        return client

    def listed(self, client: Client) -> list[tuple[str, bool]]:
        return [
            (device.name, device.current)
            for device in client.get(reverse("account:sessions")).context["devices"]
        ]

    def test_this_one_stands_first(self, person: User, signed_in: Any) -> None:
        laptop = self.browser(signed_in, person, FIREFOX)
        self.browser(signed_in, person, IPHONE)
        assert self.listed(laptop) == [("Firefox on Linux", True), ("Safari on iPhone", False)]

    def test_one_can_be_ended(self, person: User, signed_in: Any, acts: Acts) -> None:
        laptop, phone = (self.browser(signed_in, person, agent) for agent in (FIREFOX, IPHONE))
        session = UserSession.objects.get(user_agent=IPHONE)
        laptop.post(reverse("account:end_session", args=[session.pk]))
        assert phone.get(reverse("account:profile")).status_code == 302
        assert self.listed(laptop) == [("Firefox on Linux", True)]
        assert acts()[-1].detail.before == {"device": "Safari on iPhone"}

    def test_all_others_can_be_ended(self, person: User, signed_in: Any, acts: Acts) -> None:
        laptop = self.browser(signed_in, person, FIREFOX)
        others = [self.browser(signed_in, person, IPHONE) for _phone in range(2)]
        laptop.post(reverse("account:end_other_sessions"))
        assert self.listed(laptop) == [("Firefox on Linux", True)]
        assert {other.get(reverse("account:profile")).status_code for other in others} == {302}
        assert [entry.action for entry in acts()] == ["account.session_ended"] * 2

    def test_somebody_elses_is_not_found(self, person: User, signed_in: Any, member: Any) -> None:
        stranger = self.browser(signed_in, member("owner"), FIREFOX)
        mine = self.browser(signed_in, person, IPHONE)
        session = UserSession.objects.get(user=person)
        assert stranger.post(reverse("account:end_session", args=[session.pk])).status_code == 404
        assert mine.get(reverse("account:profile")).status_code == 200

    def test_a_session_that_a_new_password_ended_is_not_listed(self, person: User, signed_in: Any) -> None:
        self.browser(signed_in, person, IPHONE)
        person.set_password("another horse battery")
        person.save()
        assert self.listed(self.browser(signed_in, person, FIREFOX)) == [("Firefox on Linux", True)]

    def test_one_ends_after_90_days_however_much_it_is_used(self, person: User, signed_in: Any) -> None:
        begun = datetime(2026, 1, 1, 12, tzinfo=UTC)
        with time_machine.travel(begun):
            laptop = self.browser(signed_in, person, FIREFOX)
        for day in (13, 26, 39, 52, 65, 78, 89):
            with time_machine.travel(begun + timedelta(days=day)):
                assert laptop.get(reverse("account:profile")).status_code == 200, day
        with time_machine.travel(begun + timedelta(days=91)):
            assert laptop.get(reverse("account:profile")).status_code == 302

    def test_use_is_noted_every_few_minutes_only(
        self, person: User, signed_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        with time_machine.travel(datetime(2026, 1, 1, 12, tzinfo=UTC), tick=False) as clock:
            laptop = self.browser(signed_in, person, FIREFOX)
            clock.shift(60)
            laptop.get(reverse("account:profile"))
            assert UserSession.objects.get().last_seen_at.minute == 0
            clock.shift(300)
            laptop.get(reverse("account:profile"))
            assert UserSession.objects.get().last_seen_at.minute == 6
            with django_assert_max_num_queries(8):
                laptop.get(reverse("account:sessions"))


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_named(user_agent: str, name: str) -> None:
    assert devices.describe(user_agent) == name
