"""Twins and queries through the service SDK: patch and replace with If-Match, paging, and a query with a mistake."""

import unittest
import uuid

from azure.iot.hub.models import QuerySpecification, Twin, TwinProperties

from hub import HubTestCase


class ServiceTwin(HubTestCase):
    def setUp(self):
        self.id = self.new_device().device_id

    def test_a_new_twin_has_the_contracts_shape(self):
        twin = self.registry.get_twin(self.id)
        self.assertEqual((twin.device_id, twin.etag, twin.version), (self.id, "AAAAAAAAAAE=", 2))
        self.assertEqual((twin.tags, twin.status, twin.authentication_type), ({}, "enabled", "sas"))
        self.assertEqual((twin.properties.desired["$version"], twin.properties.reported["$version"]), (1, 1))

    def test_a_patch_merges_and_null_removes(self):
        self.registry.update_twin(self.id, Twin(tags={"site": {"city": "Breda", "floor": 2}, "a": 1}))
        twin = self.registry.update_twin(
            self.id, Twin(tags={"site": {"floor": None}, "a": None}, properties=TwinProperties(desired={"x": 1}))
        )
        self.assertEqual(twin.tags, {"site": {"city": "Breda"}})
        self.assertEqual(twin.properties.desired["x"], 1)
        self.assertEqual((twin.properties.desired["$version"], twin.version), (2, 4))
        self.assertEqual(twin.properties.desired["$metadata"]["x"]["$lastUpdatedVersion"], 2)

    def test_a_patch_needs_the_etag_it_names(self):
        first = self.registry.update_twin(self.id, Twin(tags={"n": 1}), self.registry.get_twin(self.id).etag)
        second = self.registry.update_twin(self.id, Twin(tags={"n": 2}), first.etag)
        self.assertNotEqual(first.etag, second.etag)
        with self.fails_with(412, "PreconditionFailed"):
            self.registry.update_twin(self.id, Twin(tags={"n": 3}), first.etag)
        with self.fails_with(412, "PreconditionFailed"):
            self.registry.update_twin(self.id, Twin(tags={"n": 3}), "abc")
        self.assertEqual(self.registry.get_twin(self.id).tags, {"n": 2})
        self.assertEqual(self.registry.update_twin(self.id, Twin(tags={"n": 4})).tags, {"n": 4})

    def test_a_replacement_replaces_whole_sections_and_needs_the_etag_it_names(self):
        before = self.registry.update_twin(
            self.id, Twin(tags={"a": 1, "b": 2}, properties=TwinProperties(desired={"x": 1, "y": 2}))
        )
        replacement = Twin(tags={"c": 3}, properties=TwinProperties(desired={"z": 4}))
        twin = self.registry.replace_twin(self.id, replacement, before.etag)
        self.assertEqual(twin.tags, {"c": 3})
        desired = {key: value for key, value in twin.properties.desired.items() if not key.startswith("$")}
        self.assertEqual((desired, twin.properties.desired["$version"]), ({"z": 4}, 3))
        with self.fails_with(412, "PreconditionFailed"):
            self.registry.replace_twin(self.id, replacement, before.etag)

    def test_what_a_twin_cannot_hold_is_refused(self):
        for tags in ({"a.b": 1}, {"a b": 1}, {"big": "x" * 9000}):
            with self.subTest(tags=str(tags)[:20]), self.fails_with(400, "ArgumentInvalid"):
                self.registry.update_twin(self.id, Twin(tags=tags))
        self.assertEqual(self.registry.get_twin(self.id).tags, {})


class Queries(HubTestCase):
    def setUp(self):
        self.mark = f"m{uuid.uuid4().hex}"
        self.ids = [self.new_device().device_id for _ in range(7)]
        for number, device_id in enumerate(self.ids):
            self.registry.update_twin(device_id, Twin(tags={"mark": self.mark, "number": number}))

    def query(self, text, *paging):
        return self.registry.query_iot_hub(QuerySpecification(query=text), *paging)

    def test_twins_are_found(self):
        result = self.query(f"SELECT * FROM devices WHERE tags.mark = '{self.mark}' AND tags.number >= 3")
        self.assertEqual(sorted(twin.tags["number"] for twin in result.items), [3, 4, 5, 6])
        self.assertEqual(result.type, "Twin")
        self.assertIsNone(result.continuation_token)

    def test_pages_follow_each_other_without_gaps(self):
        text = f"SELECT * FROM devices WHERE tags.mark = '{self.mark}'"
        found, pages, token = [], 0, None
        while pages == 0 or token:
            page = self.query(text, token, 3)
            self.assertLessEqual(len(page.items), 3)
            found += [twin.device_id for twin in page.items]
            pages, token = pages + 1, page.continuation_token
        self.assertEqual(sorted(found), sorted(self.ids))
        self.assertEqual(pages, 3)

    def test_projections_and_aggregates_are_raw(self):
        result = self.query(f"SELECT tags.number AS n FROM devices WHERE tags.mark = '{self.mark}'")
        self.assertEqual(sorted(row.additional_properties["n"] for row in result.items), list(range(7)))
        self.assertEqual(result.type, "Raw")
        result = self.query(f"SELECT COUNT() AS n FROM devices WHERE tags.mark = '{self.mark}'")
        self.assertEqual([row.additional_properties for row in result.items], [{"n": 7}])

    def test_nothing_found_is_an_empty_page(self):
        self.assertEqual(self.query("SELECT * FROM devices WHERE tags.mark = 'nobody'").items, [])

    def test_a_mistake_is_an_error_with_its_place(self):
        for text in ("SELECT * FROM devices WHERE tags.mark ==", "SELEC * FROM devices", "SELECT * FROM cars"):
            with self.subTest(text), self.fails_with(400, "ArgumentInvalid"):
                self.query(text)
        with self.fails_with(400):
            self.query("")


if __name__ == "__main__":
    unittest.main()
