package pix

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Settings are what may be set for an account, by its owner or the operator. The
// zero value is what an account starts with.
type Settings struct {
	Webhooks *Webhooks `json:"webhooks,omitempty"` // nil if nothing is set; replaced, never written through
	// Provider bounds the life of charges; nil if nobody does.
	Provider       *Provider      `json:"provider,omitempty"`
	SplitFrequency SplitFrequency `json:"splitFrequency,omitempty"`
	// Alerts watches the balance; nil if nothing does.
	Alerts *Alerts `json:"alerts,omitempty"`
	// NoBacen switches the endpoints of the Bacen family off (contract §9.1).
	NoBacen bool `json:"noBacen,omitempty"`
	// PageCertificate asks for a certificate besides the secret where somebody signs in
	// to the pages.
	PageCertificate bool `json:"pageCertificate,omitempty"`
}

// More returns the settings as JSON, as stores keep them. It is empty if nothing
// is set.
func (p *Profile) More() string {
	if reflect.ValueOf(p.Settings).IsZero() {
		return ""
	}
	text, err := json.Marshal(p.Settings)
	if err != nil {
		panic(fmt.Sprintf("pix: profile %s: %v", p.ID, err)) // plain data can always be encoded
	}
	return string(text)
}

// ReadMore takes over what More returned.
func (p *Profile) ReadMore(text string) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &p.Settings); err != nil {
		return fmt.Errorf("profile %s: %w", p.ID, err)
	}
	return nil
}
