package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"github.com/saldo-pix/saldo/auth"
)

// config is everything that saldo serve can be told. A key of the file is the
// name in the yaml tag, its environment variable is that in capitals after
// SALDO_, and its flag is that with hyphens. Secrets have no flag, since others
// on the machine see the flags of a process.
type config struct {
	Addr               string   `yaml:"addr" placeholder:"HOST:PORT" help:"Where merchants call."`
	TLSCert            string   `yaml:"tls_cert" placeholder:"FILE" help:"Certificate of the public listener."`
	TLSKey             string   `yaml:"tls_key" placeholder:"FILE" help:"Key of that certificate."`
	BehindProxy        bool     `yaml:"behind_proxy" help:"A proxy in front ends TLS for merchants."`
	CertificateProxies []string `yaml:"certificate_proxies" placeholder:"CIDR,..." help:"May set X-SSL-Client-Cert."`

	BindTokens              bool `yaml:"bind_tokens" help:"Ask for the client's certificate on every call (RFC 8705)."`
	OAuthWithoutCertificate bool `yaml:"oauth_without_certificate" name:"oauth-without-certificate" help:"Let /oauth/token do without a client certificate."`

	OperatorAddr    string `yaml:"operator_addr" placeholder:"HOST:PORT" help:"Where the operator calls."`
	OperatorTLSCert string `yaml:"operator_tls_cert" placeholder:"FILE" help:"Certificate of the operator's listener."`
	OperatorTLSKey  string `yaml:"operator_tls_key" placeholder:"FILE" help:"Key of that certificate."`
	OperatorExpose  bool   `yaml:"operator_expose" help:"Serve the operator without TLS beyond this machine."`

	Data  string `yaml:"data" placeholder:"DIR" help:"Folder of the books."`
	Store string `yaml:"store" placeholder:"URL" help:"Store of the books, in place of --data: pebble:DIR or postgres://…."`
	Node  int    `yaml:"node" placeholder:"N" help:"Number of this node among all on PostgreSQL, 1 to 63; 0 takes a free one."`
	// PastMemory is in MiB.
	PastMemory int `yaml:"past_memory" placeholder:"MIB" help:"Memory for balances at an instant, with the books in a folder; 64 unless told otherwise."`

	Rail         string        `yaml:"rail" placeholder:"NAME" help:"What carries payments: http or sandbox."`
	RailURL      string        `yaml:"rail_url" placeholder:"URL" help:"Where the adapter of the rail http takes orders; without it, it fetches them."`
	RailSecret   auth.Secret   `yaml:"rail_secret" kong:"-"`
	ISPB         string        `yaml:"ispb" placeholder:"DIGITS" help:"The institution's participant code, 8 digits."`
	LocationBase string        `yaml:"location_base" placeholder:"HOST/PATH" help:"Where payers' banks find charges."`
	Brands       []brandConfig `yaml:"brands" kong:"-"`

	TokenAlgorithm    string        `yaml:"token_algorithm" placeholder:"NAME" help:"What signs tokens: HS256 or RS256."`
	TokenKey          string        `yaml:"token_key" placeholder:"FILE" help:"Private RSA key for RS256, PEM."`
	TokenKeysOlder    []string      `yaml:"token_keys_older" placeholder:"FILE,..." help:"RSA keys whose tokens are taken as well."`
	TokenSecret       auth.Secret   `yaml:"token_secret" kong:"-"`
	TokenSecretsOlder []auth.Secret `yaml:"token_secrets_older" kong:"-"`
	OperatorToken     auth.Secret   `yaml:"operator_token" kong:"-"`

	WebhookRetries   []string      `yaml:"webhook_retries" placeholder:"WAIT,..." help:"Waits between attempts to deliver a webhook; 5m,5m,15m unless told otherwise."`
	WebhookNetworks  []string      `yaml:"webhook_networks" placeholder:"CIDR,..." help:"Networks that webhooks may reach although they are not public."`
	WebhookParallel  int           `yaml:"webhook_parallel" placeholder:"N" help:"Webhooks delivered at the same time; 256 unless told otherwise."`
	SecretsKey       auth.Secret   `yaml:"secrets_key" kong:"-"`
	SecretsKeysOlder []auth.Secret `yaml:"secrets_keys_older" kong:"-"`

	SMTPAddr     string      `yaml:"smtp_addr" name:"smtp-addr" placeholder:"HOST:PORT" help:"Mail server that alerts leave by."`
	SMTPTLS      string      `yaml:"smtp_tls" name:"smtp-tls" placeholder:"NAME" help:"How it is protected: starttls, tls or none."`
	SMTPUser     string      `yaml:"smtp_user" name:"smtp-user" placeholder:"NAME" help:"Who signs in to it."`
	SMTPFrom     string      `yaml:"smtp_from" name:"smtp-from" placeholder:"ADDRESS" help:"Sender of alerts."`
	SMTPPassword auth.Secret `yaml:"smtp_password" kong:"-"`

	ReportAt  string `yaml:"report_at" placeholder:"HH:MM" help:"When the reports of each day are made and kept, in São Paulo, as in 00:15; without it they are made when asked for."`
	ReportDir string `yaml:"report_dir" placeholder:"DIR" help:"Folder that they are written to as well."`

	ReconcileMB  int    `yaml:"reconcile_mb" name:"reconcile-mb" placeholder:"N" help:"How large a file to reconcile may be, in mebibytes; 1024 unless told otherwise."`
	ReconcileDir string `yaml:"reconcile_dir" placeholder:"DIR" help:"Where files are while they are reconciled; the system's folder for temporary files unless told otherwise."`

	LogLevel  string `yaml:"log_level" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat string `yaml:"log_format" placeholder:"FORMAT" help:"text or json."`
}

// brandConfig is one brand, in the file only. Messages are by language and error
// code.
type brandConfig struct {
	ID           string                       `yaml:"id"`
	Name         string                       `yaml:"name"`
	Hosts        []string                     `yaml:"hosts"`
	Color        string                       `yaml:"color"`
	SupportEmail string                       `yaml:"support_email"`
	SupportURL   string                       `yaml:"support_url"`
	Issuer       string                       `yaml:"issuer"`
	BindTokens   bool                         `yaml:"bind_tokens"`
	Messages     map[string]map[string]string `yaml:"messages"`
}

// dataDefault is where the books are unless told otherwise.
const dataDefault = "./saldo-data"

func defaults() config {
	return config{
		Addr: "127.0.0.1:8080", OperatorAddr: "127.0.0.1:9090", Rail: "http",
		TokenAlgorithm: algorithmHS256, LogLevel: "info", LogFormat: "text",
	}
}

// variable is the environment variable of a key.
func variable(key string) string { return "SALDO_" + strings.ToUpper(key) }

// flagName is the flag of a key, where it has one.
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// load returns what holds of what was said where: flags before environment
// before file before default. given tells which flags were on the command line,
// and file may be empty.
func load(flags config, given map[string]bool, getenv func(string) string, file string) (config, error) {
	c := defaults()
	written, err := readConfig(file)
	if err != nil {
		return c, err
	}
	to, fromFile, fromFlags := reflect.ValueOf(&c).Elem(), reflect.ValueOf(written), reflect.ValueOf(flags)
	for i := range to.NumField() {
		if !fromFile.Field(i).IsZero() {
			to.Field(i).Set(fromFile.Field(i))
		}
		key := to.Type().Field(i).Tag.Get("yaml")
		if text := getenv(variable(key)); text != "" {
			if err := set(to.Field(i), text); err != nil {
				return c, fmt.Errorf("%s: %w", variable(key), err)
			}
		}
		if given[flagName(key)] {
			to.Field(i).Set(fromFlags.Field(i))
		}
	}
	if c.Data == "" && c.Store == "" {
		c.Data = dataDefault
	}
	return c, checkSecrecy(file, fromFile, to)
}

// checkSecrecy refuses a file that others can read if a secret is in use that is
// written in it.
func checkSecrecy(file string, written, used reflect.Value) error {
	for i := range used.NumField() {
		kind := used.Field(i).Type()
		if kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if kind != reflect.TypeFor[auth.Secret]() || written.Field(i).IsZero() ||
			!reflect.DeepEqual(written.Field(i).Interface(), used.Field(i).Interface()) {
			continue
		}
		if info, err := os.Stat(file); err == nil && info.Mode()&openToOthers != 0 {
			return fmt.Errorf("%s holds %s and can be read by others on this machine, "+
				"or changed by its group: chmod 600 it", file, used.Type().Field(i).Tag.Get("yaml"))
		}
	}
	return nil
}

// readConfig reads a file, if there is one. Its errors name the line, and never
// quote the file, which may hold secrets.
func readConfig(file string) (config, error) {
	var c config
	if file == "" {
		return c, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	err = yaml.UnmarshalWithOptions(text, &c, yaml.Strict())
	var placed yaml.Error
	if !errors.As(err, &placed) {
		return c, err
	}
	line := 1
	if token := placed.GetToken(); token != nil && token.Position != nil {
		line = token.Position.Line
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		return c, fmt.Errorf("%s: line %d: unknown key %s", file, line, unknown.Token.Value)
	}
	return c, fmt.Errorf("%s: line %d: %s", file, line, placed.GetMessage())
}

// set gives a field what an environment variable says. Lists are separated by
// commas.
func set(field reflect.Value, text string) error {
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("write true or false")
		}
		field.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("write a whole number")
		}
		field.SetInt(int64(n))
	case reflect.Slice:
		return setList(field, strings.Split(text, ","))
	}
	return nil
}

func setList(field reflect.Value, texts []string) error {
	list := reflect.MakeSlice(field.Type(), len(texts), len(texts))
	if list.Index(0).Kind() != reflect.String {
		return errors.New("is read from the file only")
	}
	for i, text := range texts {
		list.Index(i).SetString(strings.TrimSpace(text))
	}
	field.Set(list)
	return nil
}

// given tells which flags are on the command line.
func given(parsed *kong.Context) map[string]bool {
	names := make(map[string]bool)
	for _, path := range parsed.Path {
		if path.Flag != nil && !path.Resolved {
			names[path.Flag.Name] = true
		}
	}
	return names
}
