from django.urls import path

from comms.portal.staff.views import home, mandates, roles, units, users

urlpatterns = [
    path("", home.home, name="staff"),
    path("users/", users.index, name="users"),
    path("users/new/", users.new, name="user_new"),
    path("users/<int:pk>/", users.detail, name="user"),
    path("users/<int:pk>/edit/", users.edit, name="user_edit"),
    path("users/<int:pk>/end/", users.end, name="user_end"),
    path("users/<int:pk>/reopen/", users.reopen, name="user_reopen"),
    path("users/<int:pk>/invite/", users.invite, name="user_invite"),
    path("users/<int:pk>/mandate/", mandates.choose_unit, name="mandate_unit"),
    path("users/<int:pk>/mandate/<int:unit>/", mandates.give, name="mandate_give"),
    path("mandates/", mandates.index, name="mandates"),
    path("mandates/<int:pk>/end/", mandates.end, name="mandate_end"),
    path("units/", units.index, name="units"),
    path("units/employer/", units.new_employer, name="employer_new"),
    path("units/<int:pk>/", units.detail, name="unit"),
    path("units/<int:pk>/new/", units.new_below, name="unit_new"),
    path("units/<int:pk>/edit/", units.edit, name="unit_edit"),
    path("units/<int:pk>/close/", units.close, name="unit_close"),
    path("roles/", roles.index, name="roles"),
    path("roles/<int:pk>/give/", roles.make_staff, name="staff_give"),
    path("roles/<int:pk>/end/", roles.end_staff, name="staff_end"),
    path("roles/<int:pk>/edit/", roles.allow_editing, name="editor_give"),
    path("roles/<int:pk>/stop/", roles.stop_editing, name="editor_end"),
]
