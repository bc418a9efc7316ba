package brand

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a brand's texts, in characters.
const (
	nameMax    = 60
	issuerMax  = 255
	addressMax = 254 // RFC 5321
	messageMax = 300
)

var (
	color    = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	language = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$`)
	code     = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)
)

// check tells what is wrong with what a brand says of itself.
func (b *Brand) check() error {
	switch {
	case !plain(b.Name, nameMax):
		return fmt.Errorf("name: at most %d characters on one line", nameMax)
	case b.Color != "" && !color.MatchString(b.Color):
		return fmt.Errorf("color %q: write it as in #4A70B8", b.Color)
	case b.SupportEmail != "" && !isEmail(b.SupportEmail):
		return fmt.Errorf("support_email %q is no e-mail address", b.SupportEmail)
	case b.SupportURL != "" && !isHTTPS(b.SupportURL):
		return fmt.Errorf("support_url %q: write an address that begins with https://", b.SupportURL)
	case !plain(b.Issuer, issuerMax) || strings.ContainsFunc(b.Issuer, unicode.IsSpace):
		return fmt.Errorf("issuer: at most %d characters without blanks", issuerMax)
	}
	return b.checkMessages()
}

func (b *Brand) checkMessages() error {
	seen := make(map[string]bool)
	for name, messages := range b.Messages {
		if !language.MatchString(name) {
			return fmt.Errorf("messages: %q is no language: write it as in pt-BR", name)
		}
		if seen[strings.ToLower(name)] {
			return fmt.Errorf("messages: language %s is there twice", name)
		}
		seen[strings.ToLower(name)] = true
		for key, text := range messages {
			if !code.MatchString(key) {
				return fmt.Errorf("messages: %s: %q is no error code: write it as in INSUFFICIENT_BALANCE", name, key)
			}
			if text == "" || !plain(text, messageMax) {
				return fmt.Errorf("messages: %s: %s needs a text of at most %d characters on one line",
					name, key, messageMax)
			}
		}
	}
	return nil
}

// plain tells whether a text fits on one line of most characters.
func plain(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, unicode.IsControl)
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= addressMax
}

func isHTTPS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && plain(text, issuerMax)
}
