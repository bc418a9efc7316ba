package main

import (
	"net"
	netmail "net/mail"
	"strconv"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/server"
)

// readSMTP checks what is said of the mail server that alerts leave by.
func (c *config) readSMTP(p *problems) server.SMTP {
	if c.SMTPAddr == "" {
		if c.SMTPFrom != "" || c.SMTPUser != "" || c.SMTPPassword != "" {
			p.add("smtp_from, smtp_user and smtp_password say nothing without smtp_addr")
		}
		return server.SMTP{}
	}
	out := server.SMTP{Username: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom, TLS: alert.TLS(c.SMTPTLS)}
	host, port, err := net.SplitHostPort(c.SMTPAddr)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || host == "" || number == 0 {
		p.add("smtp_addr %q: write host:port, such as mail.example:587", c.SMTPAddr)
	}
	out.Host, out.Port = host, int(number)
	switch out.TLS {
	case "", alert.StartTLS, alert.ImplicitTLS:
	case alert.NoTLS:
		if loopback, err := isLoopback(c.SMTPAddr); err == nil && !loopback {
			p.add("smtp_tls none sends e-mail through the network unencrypted: it is for a server on this machine only")
		}
	default:
		p.add("smtp_tls %q: write starttls, tls or none", c.SMTPTLS)
	}
	if _, err := netmail.ParseAddress(c.SMTPFrom); err != nil {
		p.add("smtp_from %q: write the address that alerts come from", c.SMTPFrom)
	}
	if (c.SMTPUser == "") != (c.SMTPPassword == "") {
		p.add("smtp_user and smtp_password belong together")
	}
	return out
}
