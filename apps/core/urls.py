from django.urls import path
from django.views.generic import TemplateView

from apps.core.security_txt import security_txt

urlpatterns = [
    path("", TemplateView.as_view(template_name="core/landing.html"), name="landing"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
]
