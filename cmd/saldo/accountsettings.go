package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// settingFlags are what may be set for an account, at its opening and later.
type settingFlags struct {
	Provider             string `placeholder:"PROVIDER" help:"Who carries its charges and bounds their life in seconds, as in golpix,min=86400,max=604800,days; none takes it away."`
	SplitFrequency       string `placeholder:"FREQUENCY" help:"How often it pays out the shares of its charges: immediate, hourly, daily or weekly."`
	Bacen                string `placeholder:"on|off" help:"Whether the endpoints of the Bacen family are open to it (on)."`
	DashboardCertificate string `placeholder:"on|off" help:"Whether signing in to its pages takes a certificate (off)."`
}

// accountSettings are settings as the operator's API takes and shows them.
type accountSettings struct {
	Provider       json.RawMessage   `json:"provider,omitempty"` // a provider, or null
	SplitFrequency string            `json:"splitFrequency,omitempty"`
	Bacen          *bacenSetting     `json:"bacen,omitempty"`
	Dashboard      *dashboardSetting `json:"dashboard,omitempty"`
}

type provider struct {
	Name        string `json:"name"`
	MinSeconds  int64  `json:"minSeconds,omitempty"`
	MaxSeconds  int64  `json:"maxSeconds,omitempty"`
	Granularity string `json:"granularity,omitempty"`
}

type bacenSetting struct {
	Enabled bool `json:"enabled"`
}

type dashboardSetting struct {
	Certificate bool `json:"certificate"`
}

func (f *settingFlags) read() (accountSettings, error) {
	s := accountSettings{SplitFrequency: strings.ToUpper(f.SplitFrequency)}
	switch f.Bacen {
	case "":
	case "on", "off":
		s.Bacen = &bacenSetting{f.Bacen == "on"}
	default:
		return s, fmt.Errorf("--bacen %s: write on or off", f.Bacen)
	}
	switch f.DashboardCertificate {
	case "":
	case "on", "off":
		s.Dashboard = &dashboardSetting{f.DashboardCertificate == "on"}
	default:
		return s, fmt.Errorf("--dashboard-certificate %s: write on or off", f.DashboardCertificate)
	}
	switch f.Provider {
	case "":
	case "none":
		s.Provider = json.RawMessage("null")
	default:
		p, err := parseProvider(f.Provider)
		if err != nil {
			return s, fmt.Errorf("--provider %s: %w; write it as in golpix,min=86400,max=604800,days", f.Provider, err)
		}
		if s.Provider, err = json.Marshal(p); err != nil {
			return s, err
		}
	}
	return s, nil
}

// parseProvider reads NAME,min=SECONDS,max=SECONDS,days, of which all but the
// name may be left out.
func parseProvider(text string) (provider, error) {
	name, limits, _ := strings.Cut(text, ",")
	p := provider{Name: name}
	if name == "" {
		return p, fmt.Errorf("no name")
	}
	for limit := range strings.SplitSeq(limits, ",") {
		what, number, _ := strings.Cut(limit, "=")
		to := map[string]*int64{"min": &p.MinSeconds, "max": &p.MaxSeconds}[what]
		switch {
		case limit == "" && limits == "":
		case limit == "days":
			p.Granularity = "day"
		case to == nil:
			return p, fmt.Errorf("%q is neither min, max nor days", limit)
		default:
			var err error
			if *to, err = strconv.ParseInt(number, 10, 64); err != nil || *to <= 0 {
				return p, fmt.Errorf("%q is no number of seconds", limit)
			}
		}
	}
	return p, nil
}

// provider shows the provider as --provider takes it.
func (s accountSettings) provider() string {
	var p *provider
	if len(s.Provider) == 0 || json.Unmarshal(s.Provider, &p) != nil || p == nil {
		return "none"
	}
	text := fmt.Sprintf("%s,min=%d,max=%d", p.Name, p.MinSeconds, p.MaxSeconds)
	if p.Granularity == "day" {
		text += ",days"
	}
	return text
}

// rows are the settings as a table shows them.
func (s accountSettings) rows() [][]string {
	bacen := "on"
	if s.Bacen != nil && !s.Bacen.Enabled {
		bacen = "off"
	}
	certificate := "off"
	if s.Dashboard != nil && s.Dashboard.Certificate {
		certificate = "on"
	}
	return [][]string{
		{"provider", s.provider()}, {"splits", strings.ToLower(s.SplitFrequency)}, {"bacen", bacen},
		{"dashboard certificate", certificate},
	}
}

// accountChangeCmd is saldo account change.
type accountChangeCmd struct {
	Account string   `arg:"" help:"Number of the account."`
	Fee     []string `sep:"none" placeholder:"FEE" help:"What an operation costs from now on, as at the opening; the other operations stay."`
	PixKey  []string `sep:"none" placeholder:"KEY" help:"One more Pix key that it is paid under; may be repeated."`
	settingFlags
	operatorFlags
}

// accountChange is the body of PATCH /accounts/{id}.
type accountChange struct {
	Fees       map[string]fee `json:"fees,omitempty"`
	AddPixKeys []string       `json:"addPixKeys,omitempty"`
	accountSettings
}

// Run changes the account.
func (c *accountChangeCmd) Run(ctx context.Context, m *machine) error {
	body := accountChange{AddPixKeys: c.PixKey}
	var err error
	if body.Fees, err = parseFees(c.Fee); err != nil {
		return usageError{err}
	}
	if body.accountSettings, err = c.read(); err != nil {
		return usageError{err}
	}
	answer, err := c.call(ctx, http.MethodPatch, "/accounts/"+url.PathEscape(c.Account), body)
	if err != nil {
		return err
	}
	return c.print(m.stdout, answer)
}
