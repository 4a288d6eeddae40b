from django.urls import path

from portal.dashboards.welcome import welcome

urlpatterns = [path("welcome/", welcome, name="welcome")]
