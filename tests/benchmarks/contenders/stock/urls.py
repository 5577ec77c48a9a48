from rest_framework.routers import SimpleRouter

from tests.benchmarks.contenders.stock.radar.api import CompetitorViewSet

router = SimpleRouter(trailing_slash=False)
router.register("api/v1/competitors", CompetitorViewSet)
urlpatterns = router.urls
