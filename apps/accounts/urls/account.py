from allauth.account.views import password_change, password_set
from django.urls import path
from django.views.generic import RedirectView

from apps.accounts.views import account, data
from apps.core.step_up import step_up

app_name = "account"

urlpatterns = [
    path("", account.profile, name="profile"),
    path("theme", account.theme, name="theme"),
    path(
        "security/webauthn/", RedirectView.as_view(pattern_name="account:security")
    ),  # they are listed there
    path("security/", account.security, name="security"),
    path("security/activity/", account.activity, name="activity"),
    path("data/", data.overview, name="data"),
    path("data/<uuid:export_id>/fetch/", data.fetch, name="data_fetch"),
    path("delete/", data.delete, name="delete"),
    path("password/change/", step_up(password_change)),  # allauth's, asked for first
    path("password/set/", step_up(password_set)),
    path("log-in-again/", account.log_in_again, name="log_in_again"),
    path("sessions/", account.sessions, name="sessions"),
    path("sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:session_id>/end/", account.end_session, name="end_session"),
    path("sessions/apps/<uuid:session_id>/end/", account.end_app_session, name="end_app_session"),
]
