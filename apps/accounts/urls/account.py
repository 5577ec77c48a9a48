from django.urls import path

from apps.accounts.views import account

app_name = "account"

urlpatterns = [
    path("", account.profile, name="profile"),
    path("theme", account.theme, name="theme"),
    path("security/", account.security, name="security"),
    path("sessions/", account.sessions, name="sessions"),
    path("sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:session_id>/end/", account.end_session, name="end_session"),
]
