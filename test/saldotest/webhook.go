package saldotest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// CheckWebhook fails the test unless body is a message as the OpenAPI document
// has it: in version 1 or 2, or of a MED case.
func CheckWebhook(t testing.TB, body []byte) {
	t.Helper()
	if err := checkWebhook(body); err != nil {
		t.Errorf("webhook %s\ndoes not fit its document: %v", body, err)
	}
}

// CheckOrder fails the test unless body is an order to the institution's adapter
// as the OpenAPI document has it.
func CheckOrder(t testing.TB, body []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = houseDocument().fits("/components/schemas/RailOrder", value)
	}
	if err != nil {
		t.Errorf("order %s\ndoes not fit its document: %v", body, err)
	}
}

func checkWebhook(body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	message, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("it is no object")
	}
	schema := "Notice"
	switch {
	case message["alert"] != nil:
		schema = "NoticeAlert"
	case message["medId"] != nil:
		schema = "NoticeMED"
	case message["data"] != nil:
		schema = "NoticeV2"
	}
	return publicDocument().fits("/components/schemas/"+schema, value)
}
