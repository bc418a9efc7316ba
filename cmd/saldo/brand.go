package main

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// brandCmd is saldo brand.
type brandCmd struct {
	List brandListCmd `cmd:"" help:"List the brands that the server is configured with."`
	Show brandShowCmd `cmd:"" help:"Show one, with its own messages."`
}

// brandListCmd is saldo brand list.
type brandListCmd struct{ operatorFlags }

// shownBrand is a brand as the operator's API shows it.
type shownBrand struct {
	ID           string                       `json:"id"`
	Name         string                       `json:"name"`
	Hosts        []string                     `json:"hosts"`
	Color        string                       `json:"color"`
	SupportEmail string                       `json:"supportEmail"`
	SupportURL   string                       `json:"supportUrl"`
	Issuer       string                       `json:"issuer"`
	BindTokens   bool                         `json:"bindTokens"`
	Messages     map[string]map[string]string `json:"messages"`
}

// Run lists the brands.
func (c *brandListCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, "/brands")
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	brands, err := decodeAll[shownBrand](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"BRAND", "NAME", "COLOR", "HOSTS"}}
	for _, b := range brands {
		rows = append(rows, []string{b.ID, b.Name, b.Color, strings.Join(b.Hosts, " ")})
	}
	return table(m.stdout, rows)
}

// brandShowCmd is saldo brand show.
type brandShowCmd struct {
	ID string `arg:"" help:"Id of the brand."`
	operatorFlags
}

// Run shows the brand.
func (c *brandShowCmd) Run(ctx context.Context, m *machine) error {
	answer, err := c.call(ctx, http.MethodGet, "/brands/"+url.PathEscape(c.ID), nil)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answer)
	}
	b, err := decode[shownBrand](answer)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"brand", b.ID}, {"name", b.Name}, {"hosts", strings.Join(b.Hosts, " ")}, {"color", b.Color},
		{"support e-mail", b.SupportEmail}, {"support page", b.SupportURL}, {"token issuer", b.Issuer},
		{"bind tokens", strconv.FormatBool(b.BindTokens)},
	}
	for _, language := range slices.Sorted(maps.Keys(b.Messages)) {
		for _, code := range slices.Sorted(maps.Keys(b.Messages[language])) {
			rows = append(rows, []string{code + " (" + language + ")", b.Messages[language][code]})
		}
	}
	return table(m.stdout, rows)
}
