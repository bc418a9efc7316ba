package saldotest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestEveryWebhookFitsItsDocument looks at the messages that the tests of package
// webhook hold it to.
func TestEveryWebhookFitsItsDocument(t *testing.T) {
	files, err := filepath.Glob("../../webhook/testdata/*.json")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d messages: %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkWebhook(body); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	for _, wrong := range []string{`{}`, `[]`, `{"medId":1}`, `{"data":{},"type":"RECEIVE"}`} {
		if checkWebhook([]byte(wrong)) == nil {
			t.Errorf("%s fits", wrong)
		}
	}
}
