from django.urls import path

from portal.accounts import views

app_name = "accounts"

urlpatterns = [
    path("account/", views.profile, name="profile"),
    path("account/api-keys/", views.api_token_list, name="api_token_list"),
    path("account/api-keys/<int:pk>/revoke/", views.api_token_revoke, name="api_token_revoke"),
    path("organisation/", views.organisation, name="organisation"),
    path("organisation/logo/", views.organisation_logo, name="organisation_logo"),
    path("team/", views.team, name="team"),
    path("team/invite/", views.team_invite, name="team_invite"),
    path("team/<int:pk>/", views.team_member, name="team_member"),
    path("team/<int:pk>/change-role/", views.team_change_role, name="team_change_role"),
    path("team/<int:pk>/deactivate/", views.team_deactivate, name="team_deactivate"),
    path("team/<int:pk>/reactivate/", views.team_reactivate, name="team_reactivate"),
    path("team/<int:pk>/resend-invitation/", views.team_resend_invitation, name="team_resend_invitation"),
    path("invitations/<str:token>/", views.accept_invitation, name="accept_invitation"),
]
