package web

import (
	"testing"
)

func TestSpecIsValid(t *testing.T) {
	spec, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			here := method + " " + path
			if op.OperationID == "" || ids[op.OperationID] != "" {
				t.Errorf("%s: operationId %q is missing or belongs to %s too", here, op.OperationID, ids[op.OperationID])
			}
			ids[op.OperationID] = here
			if op.Responses.Default() == nil {
				t.Errorf("%s does not say how it refuses", here)
			}
		}
	}
}
