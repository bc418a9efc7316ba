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
	case message["medId"] != nil:
		schema = "NoticeMED"
	case message["data"] != nil:
		schema = "NoticeV2"
	}
	return publicDocument().fits("/components/schemas/"+schema, value)
}
