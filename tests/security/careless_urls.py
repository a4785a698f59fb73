"""See `careless`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from comms.people.models import Member
from comms.people.scoped import public
from comms.urls import urlpatterns as product
from tests.security.careless_tasks import greet


@public
@csrf_exempt
def careless(request: HttpRequest) -> HttpResponse:
    greet(Member.unscoped.get(pk=request.POST["member"]))
    return HttpResponse()


urlpatterns = [path("careless/", careless), *product]
