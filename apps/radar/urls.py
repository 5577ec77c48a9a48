from django.urls import path

from apps.radar.views import attributes, bulk, competitors, imports, overview, saved_filters, signals

app_name = "radar"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("competitors/", competitors.competitor_list, name="competitors"),
    path("competitors/add/", competitors.add, name="competitor_add"),
    path("competitors/bulk/", bulk.competitors, name="competitors_bulk"),
    path("competitors/bulk/restore/", bulk.restore_competitors, name="competitors_restore"),
    path("competitors/<uuid:competitor_id>/", competitors.detail, name="competitor"),
    path("competitors/<uuid:competitor_id>/change/", competitors.change, name="competitor_change"),
    path("competitors/<uuid:competitor_id>/check/", competitors.check, name="competitor_check"),
    path("competitors/<uuid:competitor_id>/delete/", competitors.delete, name="competitor_delete"),
    path("competitors/<uuid:competitor_id>/restore/", competitors.restore, name="competitor_restore"),
    path("signals/", signals.signal_list, name="signals"),
    path("signals/add/", signals.add, name="signal_add"),
    path("signals/export/", signals.export, name="signals_export"),
    path("signals/filters/add/", saved_filters.add, name="saved_filter_add"),
    path("signals/filters/<uuid:saved_filter_id>/", saved_filters.change, name="saved_filter_change"),
    path("signals/filters/<uuid:saved_filter_id>/delete/", saved_filters.delete, name="saved_filter_delete"),
    path("signals/import/", imports.choose, name="import_choose"),
    path("signals/import/<uuid:import_id>/", imports.look, name="import"),
    path("signals/import/<uuid:import_id>/run/", imports.run, name="import_run"),
    path("signals/import/<uuid:import_id>/discard/", imports.discard, name="import_discard"),
    path("signals/import/<uuid:import_id>/faults/", imports.faults, name="import_faults"),
    path("signals/attributes/", attributes.attribute_list, name="attributes"),
    path("signals/attributes/add/", attributes.add, name="attribute_add"),
    path("signals/attributes/<uuid:attribute_id>/change/", attributes.change, name="attribute_change"),
    path("signals/attributes/<uuid:attribute_id>/move/", attributes.move, name="attribute_move"),
    path("signals/attributes/<uuid:attribute_id>/delete/", attributes.delete, name="attribute_delete"),
    path("signals/attributes/<uuid:attribute_id>/restore/", attributes.restore, name="attribute_restore"),
    path("signals/bulk/", bulk.signals, name="signals_bulk"),
    path("signals/bulk/restore/", bulk.restore_signals, name="signals_restore"),
    path("signals/<uuid:signal_id>/", signals.detail, name="signal"),
    path("signals/<uuid:signal_id>/change/", signals.change, name="signal_change"),
    path("signals/<uuid:signal_id>/delete/", signals.delete, name="signal_delete"),
    path("signals/<uuid:signal_id>/restore/", signals.restore, name="signal_restore"),
]
