"""Where other sites are gone to and come back from.

Google's log-in by a token that some page posts is left out: nothing here uses it, and it would be one way in more.
"""

from allauth.urls import build_provider_urlpatterns

urlpatterns = [
    found for found in build_provider_urlpatterns() if getattr(found, "name", "") != "google_login_by_token"
]
