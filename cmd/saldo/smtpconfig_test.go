package main

import (
	"strings"
	"testing"
)

func TestWhatIsSaidOfMailIsChecked(t *testing.T) {
	set := func(addr, tls, from, user string) func(*config) {
		return func(c *config) { c.SMTPAddr, c.SMTPTLS, c.SMTPFrom, c.SMTPUser = addr, tls, from, user }
	}
	const from = "Loja <alertas@loja.example>"
	for name, c := range map[string]struct {
		change func(*config)
		want   string // empty is fine
	}{
		"mail":            {set("mail.example:587", "", from, ""), ""},
		"no port":         {set("mail.example", "", from, ""), "smtp_addr"},
		"no sender":       {set("mail.example:587", "tls", "", ""), "smtp_from"},
		"no protection":   {set("192.0.2.7:25", "none", from, ""), "smtp_tls none"},
		"here":            {set("127.0.0.1:25", "none", from, ""), ""},
		"unknown":         {set("mail.example:25", "ssl", from, ""), `smtp_tls "ssl"`},
		"no password":     {set("mail.example:25", "", from, "saldo"), "belong together"},
		"nothing to send": {set("", "", from, ""), "without smtp_addr"},
	} {
		settings := good()
		c.change(&settings)
		_, err := settings.build()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
