"""One URL per verb. A draft's steps have their own addresses, so that back is safe."""

from django.urls import include, path

from mailings.operations import views as operations
from mailings.views import (
    check,
    home,
    letters,
    preview,
    prints,
    reach,
    sender,
    sent,
    start,
    versions,
    web,
    webhooks,
    write,
)

one = [
    path("", sent.sent, name="sent"),
    path("text/", write.text, name="text"),
    path("save/", write.save, name="save"),
    path("adopt/", write.adopt, name="adopt"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:number>/", versions.version, name="version"),
    path("versions/<int:number>/get-back/", versions.get_back, name="get_back"),
    path("preview/", preview.preview, name="preview"),
    path("preview/<slug:face>/", preview.preview, name="preview"),
    path("frame/", preview.frame, name="frame"),
    path("frame/dark/", preview.frame_dark, name="frame_dark"),
    path("frame/images-off/", preview.frame_images_off, name="frame_images_off"),
    path("proof/<slug:name>/", prints.proof, name="proof"),
    path("recipients/", reach.recipients, name="recipients"),
    path("recipients/narrow/", reach.narrow, name="narrow"),
    path("recipients/<slug:reason>/", reach.people, name="people"),
    path("check/", check.check, name="check"),
    path("test/", check.test, name="test"),
    path("take-over/", check.take_over, name="take_over"),
    path("confirm/", check.confirm, name="confirm"),
    path("undo/", sent.undo, name="undo"),
    path("pause/", sent.pause, name="pause"),
    path("resume/", sent.resume, name="resume"),
    path("cancel/", sent.cancel, name="cancel"),
    path("returned/", sent.returned, name="returned"),
    path("pdf/", prints.pdf, name="pdf"),
    path("prints/<slug:name>/", prints.file, name="print"),
    path("letters/", letters.letters, name="letters"),
    path("letters/order/", letters.order, name="letters_order"),
    path("letters/<uuid:run>/", letters.file, name="letters_file"),
    path("call/", letters.call, name="call"),
]

mailings = [
    path("invitations/", home.archive, name="list"),
    path("invitations/new/", start.new, name="new"),
    path("invitations/new/<int:template>/<uuid:mandate>/", start.look, name="look"),
    path("invitations/new/<int:template>/<uuid:mandate>/sample/", start.sample, name="sample"),
    path("invitations/new/<int:template>/<uuid:mandate>/thumbnail.png", start.thumbnail, name="thumbnail"),
    path("invitations/create/", start.create, name="create"),
    path("invitations/<uuid:public_id>/", include(one)),
    path("staff/sender/", sender.sender, name="sender"),
    path("staff/sender/look/", sender.look, name="sender_look"),
    path("staff/post/", operations.office, name="office"),
    path("staff/post/stop/", operations.stop, name="stop"),
    path("staff/post/go-on/", operations.go_on, name="go_on"),
    path("m/<str:token>/", web.web, name="web"),
    path("p/<str:token>/", web.page, name="page"),
    path("webhooks/<path:path>", webhooks.receive, name="webhook"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.exposition, name="metrics"),
    path("", include((mailings, "mailings"))),
]
