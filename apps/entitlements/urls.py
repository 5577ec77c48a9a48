from django.urls import path

from apps.entitlements import views

app_name = "entitlements"

urlpatterns = [path("billing/usage/", views.usage, name="usage")]
