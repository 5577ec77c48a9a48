from django.urls import path
from django.views.generic import TemplateView

from apps.dev import views
from apps.dev.walls import views as wall_views

app_name = "dev"

urlpatterns = [
    path("styleguide/", TemplateView.as_view(template_name="dev/styleguide.html"), name="styleguide"),
    path("dev/", views.index, name="index"),
    path("dev/walls/", wall_views.walls, name="walls"),
    path("dev/mail/", views.mail_list, name="mail_list"),
    path("dev/mail/<str:mail_id>/", views.mail_detail, name="mail_detail"),
    path("dev/mail/<str:mail_id>/body/", views.mail_body, name="mail_body"),
    path("dev/emails/", views.sample_list, name="sample_list"),
    path("dev/emails/<slug:name>/", views.sample_detail, name="sample_detail"),
    path("dev/emails/<slug:name>/body/", views.sample_body, name="sample_body"),
]
