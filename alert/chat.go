package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/googlechat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/saldo-pix/saldo/webhook"
)

// Chat takes messages to one chat service. What its URLs mean and how its messages
// look is known by shoutrrr; they are posted as webhooks are, under the same policy
// on addresses and the same limit. Every service has a host of its own that no
// target can change.
type Chat struct {
	service func(target *url.URL, m Message) (to string, body any, err error)
	post    Post
}

// Post posts a message once, as webhook.Sender.Send does.
type Post func(context.Context, webhook.Message) webhook.Attempt

// Chats returns the chat services, by the kind of channel, which is the scheme of
// their targets too.
func Chats(post Post) map[string]Carrier {
	return map[string]Carrier{
		slack.Scheme:      &Chat{slackMessage, post},
		discord.Scheme:    &Chat{discordMessage, post},
		telegram.Scheme:   &Chat{telegramMessage, post},
		googlechat.Scheme: &Chat{googleMessage, post},
	}
}

// Check tells what keeps a URL from leading to the service. Nothing of it but the
// scheme may be shown.
func (c *Chat) Check(target string) (string, error) {
	u, to, _, err := c.read(target, Message{Title: "?", Text: "?"})
	if err != nil {
		return "", err
	}
	if posted, err := url.Parse(to); err != nil || posted.Scheme != "https" || posted.Host == "" {
		return "", errTarget
	}
	return u.Scheme + "://…", nil
}

// errTarget is all that is said of a target that is not one: the services' own words
// would repeat what is secret.
var errTarget = errors.New(
	"must be the service's URL as shoutrrr writes it, such as telegram://token@telegram?chats=@name")

func (c *Chat) read(target string, m Message) (u *url.URL, to string, body []byte, err error) {
	if u, err = url.Parse(target); err != nil {
		return nil, "", nil, errTarget
	}
	to, content, err := c.service(u, m)
	if err != nil {
		return nil, "", nil, errTarget
	}
	body, err = json.Marshal(content)
	return u, to, body, err
}

// Send posts a message once.
func (c *Chat) Send(ctx context.Context, target string, m Message) error {
	_, to, body, err := c.read(target, m)
	if err != nil {
		return err
	}
	if attempt := c.post(ctx, webhook.Message{URL: to, Body: body, ID: m.ID}); !attempt.Delivered() {
		return errors.New(attempt.Reason())
	}
	return nil
}

// plain is a message for services that have no titles.
func plain(m Message) string { return m.Title + "\n" + m.Text }

func wantScheme(u *url.URL, scheme string) error {
	if u.Scheme != scheme {
		return fmt.Errorf("scheme %s", u.Scheme)
	}
	return nil
}

// slackMessage goes to an incoming webhook. Tokens of the API are refused: its
// answers say 200 whatever became of the message.
func slackMessage(u *url.URL, m Message) (string, any, error) {
	var c slack.Config
	if err := errors.Join(wantScheme(u, slack.Scheme), c.SetURL(u)); err != nil {
		return "", nil, err
	}
	if c.Token.IsAPIToken() {
		return "", nil, errTarget
	}
	c.Title = m.Title
	return c.Token.WebhookURL(), slack.CreateJSONPayload(&c, m.Text), nil
}

func discordMessage(u *url.URL, m Message) (string, any, error) {
	var c discord.Config
	if err := errors.Join(wantScheme(u, discord.Scheme), c.SetURL(u)); err != nil {
		return "", nil, err
	}
	if !digits(c.WebhookID) || !word(c.Token) || !digits("0"+c.ThreadID) {
		return "", nil, errTarget
	}
	batches := discord.CreateItemsFromPlain(plain(m), false)
	if len(batches) != 1 {
		return "", nil, errTarget
	}
	payload, err := discord.CreatePayloadFromItems(batches[0], "", [types.MessageLevelCount]uint{})
	payload.Username, payload.AvatarURL = c.Username, c.Avatar
	return discord.CreateAPIURLFromConfig(&c), payload, err
}

// telegramMessage goes to one chat: a channel that led to several would tell some
// of them again when one fails.
func telegramMessage(u *url.URL, m Message) (string, any, error) {
	var c telegram.Config
	if err := errors.Join(wantScheme(u, telegram.Scheme), needUser(u)); err != nil {
		return "", nil, err
	}
	if err := c.SetURL(u); err != nil {
		return "", nil, err
	}
	if len(c.Chats) != 1 || !telegram.IsTokenValid(c.Token) {
		return "", nil, errTarget
	}
	to := url.URL{Scheme: "https", Host: "api.telegram.org", Path: "/bot" + c.Token + "/sendMessage"}
	return to.String(), telegram.SendMessagePayload{Text: plain(m), ID: c.Chats[0], DisablePreview: true}, nil
}

func googleMessage(u *url.URL, m Message) (string, any, error) {
	var c googlechat.Config
	if err := errors.Join(wantScheme(u, googlechat.Scheme), c.SetURL(u)); err != nil {
		return "", nil, err
	}
	const host = "chat.googleapis.com"
	if c.Host != host || c.Key == "" || c.Token == "" {
		return "", nil, errTarget
	}
	to := url.URL{
		Scheme: "https", Host: host, Path: c.Path, RawQuery: url.Values{"key": {c.Key}, "token": {c.Token}}.Encode(),
	}
	return to.String(), googlechat.JSON{Text: plain(m)}, nil
}

func needUser(u *url.URL) error {
	if u.User == nil {
		return errTarget
	}
	return nil
}

// digits and word tell whether a text can stand in a path as it is.
func digits(text string) bool { return text != "" && strings.Trim(text, numerals) == "" }

func word(text string) bool { return text != "" && strings.Trim(text, numerals+letters) == "" }

const (
	numerals = "0123456789"
	letters  = "_-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
