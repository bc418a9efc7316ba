package alert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// ChannelEmail is the kind of channel that is e-mail, with addresses as its target.
const ChannelEmail = "email"

// TLS tells how a connection to a mail server is protected.
type TLS string

// The ways to protect a connection.
const (
	StartTLS    TLS = "starttls" // asked for after greeting, and required
	ImplicitTLS TLS = "tls"      // from the first byte
	NoTLS       TLS = "none"     // not at all; for a server on this machine
)

// MailOptions say how e-mail leaves. Host, Port and From are required.
type MailOptions struct {
	Host     string
	Port     int
	TLS      TLS // empty is StartTLS
	Username string
	Password string
	From     string // an address, with or without a name
	// Config is how certificates are checked; nil trusts the machine's roots.
	Config *tls.Config
	Now    func() time.Time
}

// Mail sends messages by SMTP, through the operator's server.
type Mail struct {
	opts MailOptions
	from *netmail.Address
}

// NewMail returns a Mail.
func NewMail(o MailOptions) (*Mail, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("sender of e-mail: %w", err)
	}
	m := &Mail{o, from}
	_, err = m.client()
	return m, err
}

func (m *Mail) client() (*mail.Client, error) {
	options := []mail.Option{
		mail.WithPort(m.opts.Port), mail.WithTimeout(sendLimit), mail.WithHELO("localhost"), mail.WithoutNoop(),
	}
	switch m.opts.TLS {
	case NoTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case ImplicitTLS:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.opts.Config != nil {
		options = append(options, mail.WithTLSConfig(m.opts.Config))
	}
	if m.opts.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(m.opts.Username), mail.WithPassword(m.opts.Password))
	}
	return mail.NewClient(m.opts.Host, options...)
}

// addressesMax is how many addresses a channel may have.
const addressesMax = 5

// Check tells what keeps a list of addresses, separated by commas, from being one.
// All of it may be shown to whoever set it.
func (m *Mail) Check(target string) (string, error) {
	list, err := addresses(target)
	return strings.Join(list, ", "), err
}

func addresses(target string) ([]string, error) {
	var list []string
	for _, text := range strings.Split(target, ",") {
		text = strings.TrimSpace(text)
		parsed, err := netmail.ParseAddress(text)
		if err != nil || parsed.Address != text || len(text) > 254 {
			return nil, errors.New("must be e-mail addresses, separated by commas")
		}
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	if len(list) > addressesMax {
		return nil, fmt.Errorf("must have at most %d addresses", addressesMax)
	}
	return list, nil
}

// Send sends a message to all addresses of a target at once.
func (m *Mail) Send(ctx context.Context, target string, message Message) error {
	list, err := addresses(target)
	if err != nil {
		return err
	}
	client, err := m.client()
	if err != nil {
		return err
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	letter.FromMailAddress(m.from)
	if err := letter.To(list...); err != nil {
		return err
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	letter.SetMessageIDWithValue(message.ID + "@" + domain)
	letter.SetDateWithValue(m.opts.Now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	letter.Subject(message.Title)
	letter.SetBodyString(mail.TypeTextPlain, message.Text)
	return mailFailure(client.DialAndSendWithContext(ctx, letter))
}

// mailFailure is why e-mail was not taken, without the server's name and without
// addresses, which its own words may hold.
func mailFailure(err error) error {
	var refused *mail.SendError
	var network net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return fmt.Errorf("mail server refused: %d", refused.ErrorCode())
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return errors.New("mail server did not answer in time")
	}
	return errors.New("mail server could not be used")
}
