from django.urls import path

from portal.outbox import views

app_name = "outbox"

urlpatterns = [
    path("notifications/", views.notification_list, name="notification_list"),
    path("notifications/read/", views.notification_read_all, name="notification_read_all"),
    path("notifications/<int:pk>/open/", views.notification_open, name="notification_open"),
    path("outbox/", views.message_list, name="message_list"),
    path("outbox/<int:pk>/", views.message_detail, name="message_detail"),
    path("outbox/<int:pk>/attachments/<int:attachment>/", views.message_attachment, name="message_attachment"),
    path("outbox/<int:pk>/retry/", views.message_retry, name="message_retry"),
]
