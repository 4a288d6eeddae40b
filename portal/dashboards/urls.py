from django.urls import URLPattern, path

from portal.dashboards import views

app_name = "dashboards"

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("search/", views.search_results, name="search_results"),
]
