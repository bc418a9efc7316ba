package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/saldo-pix/saldo/auth"
)

// loadFrom is what saldo serve makes of a file, an environment and flags.
func loadFrom(t *testing.T, file string, e env, flags ...string) (config, error) {
	t.Helper()
	var program commands
	parser, err := kong.New(&program)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(append([]string{"serve"}, flags...))
	if err != nil {
		t.Fatal(err)
	}
	path := ""
	if file != "" {
		path = writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), file)
	}
	return load(program.Serve.Settings, given(parsed), e.get, path)
}

func TestFlagsWinOverEnvironmentOverFileOverDefault(t *testing.T) {
	type row struct {
		key          string // Go name of the field
		fallback     any
		file         string
		fromFile     any
		variableName string
		variable     string
		fromVariable any
		flag         string
		fromFlag     any
	}
	for _, r := range []row{
		{
			key: "Addr", fallback: "127.0.0.1:8080", file: "addr: 10.0.0.1:1", fromFile: "10.0.0.1:1",
			variableName: "SALDO_ADDR", variable: "10.0.0.1:2", fromVariable: "10.0.0.1:2",
			flag: "--addr=10.0.0.1:3", fromFlag: "10.0.0.1:3",
		},
		{
			key: "BehindProxy", fallback: false, file: "behind_proxy: true", fromFile: true,
			variableName: "SALDO_BEHIND_PROXY", variable: "false", fromVariable: false,
			flag: "--behind-proxy", fromFlag: true,
		},
		{
			key: "OperatorExpose", fallback: false, file: "operator_expose: false", fromFile: false,
			variableName: "SALDO_OPERATOR_EXPOSE", variable: "true", fromVariable: true,
			flag: "--operator-expose=false", fromFlag: false,
		},
		{
			key: "Node", fallback: 0, file: "node: 1", fromFile: 1, variableName: "SALDO_NODE", variable: "2",
			fromVariable: 2, flag: "--node=0", fromFlag: 0,
		},
		{
			key: "CertificateProxies", fallback: []string(nil), file: "certificate_proxies: [10.0.0.1, 10.0.0.2]",
			fromFile: []string{"10.0.0.1", "10.0.0.2"}, variableName: "SALDO_CERTIFICATE_PROXIES",
			variable: "10.1.0.0/16, 10.2.0.0/16", fromVariable: []string{"10.1.0.0/16", "10.2.0.0/16"},
			flag: "--certificate-proxies=10.3.0.0/16,10.4.0.0/16", fromFlag: []string{"10.3.0.0/16", "10.4.0.0/16"},
		},
		{
			key: "ISPB", fallback: "", file: "ispb: 00416968", fromFile: "00416968", variableName: "SALDO_ISPB",
			variable: "00000001", fromVariable: "00000001", flag: "--ispb=00000002", fromFlag: "00000002",
		},
	} {
		t.Run(r.key, func(t *testing.T) {
			e := env{r.variableName: r.variable}
			for _, c := range []struct {
				name  string
				file  string
				env   env
				flags []string
				want  any
			}{
				{"default", "", nil, nil, r.fallback},
				{"file", r.file, nil, nil, r.fromFile},
				{"environment over file", r.file, e, nil, r.fromVariable},
				{"environment over default", "", e, nil, r.fromVariable},
				{"flag over all", r.file, e, []string{r.flag}, r.fromFlag},
				{"flag over file", r.file, nil, []string{r.flag}, r.fromFlag},
			} {
				got, err := loadFrom(t, c.file, c.env, c.flags...)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				if value := reflect.ValueOf(got).FieldByName(r.key).Interface(); !reflect.DeepEqual(value, c.want) {
					t.Errorf("%s: %v, want %v", c.name, value, c.want)
				}
			}
		})
	}
}

func TestKeysWithoutAFlag(t *testing.T) {
	e := env{"SALDO_TOKEN_SECRET": "one", "SALDO_TOKEN_SECRETS_OLDER": "two,three", "SALDO_OPERATOR_TOKEN": "four"}
	got, err := loadFrom(t, "token_secret: file\nbrands: [{id: azul, name: Azul, hosts: [a.example, b.example]}]", e)
	if err != nil {
		t.Fatal(err)
	}
	if got.TokenSecret != "one" || got.OperatorToken != "four" ||
		!reflect.DeepEqual(got.TokenSecretsOlder, []auth.Secret{"two", "three"}) {
		t.Error("secrets of the environment do not win")
	}
	want := []brandConfig{{ID: "azul", Name: "Azul", Hosts: []string{"a.example", "b.example"}}}
	if !reflect.DeepEqual(got.Brands, want) {
		t.Errorf("brands: %v", got.Brands)
	}
}

func TestMistakesInTheFileAreNamedWithTheirLine(t *testing.T) {
	const secret = "token_secret: do-not-show-this\n"
	for _, c := range []struct{ name, file, want string }{
		{"unknown key", secret + "adr: 127.0.0.1:80\n", "line 2: unknown key adr"},
		{"unknown key of a brand", "brands:\n  - id: azul\n    host: a.example\n", "line 3: unknown key host"},
		{"wrong type", secret + "\nbehind_proxy: perhaps\n", "line 3: "},
		{"a key twice", secret + "addr: a:1\naddr: b:1\n", "line 3: "},
		{"no YAML", secret + "addr: [\n", "line "},
		{"a list for a secret", "token_secret: [do-not-show-this]\n", "line 1: "},
	} {
		_, err := loadFrom(t, c.file, nil)
		if err == nil || !strings.Contains(err.Error(), "saldo.yaml: "+c.want) {
			t.Errorf("%s: %v", c.name, err)
		} else if strings.Contains(err.Error(), "do-not-show-this") {
			t.Errorf("%s: the error shows a secret: %v", c.name, err)
		}
	}
	if _, err := load(config{}, nil, env{}.get, filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that is not there is taken")
	}
	if got, err := loadFrom(t, "# nothing but a comment\n", nil); err != nil || got.Addr == "" {
		t.Errorf("an empty file: %v", err)
	}
}

func TestMistakesInTheEnvironmentAreNamed(t *testing.T) {
	for _, e := range []env{
		{"SALDO_NODE": "first"}, {"SALDO_BEHIND_PROXY": "perhaps"}, {"SALDO_BRANDS": "azul"},
	} {
		_, err := loadFrom(t, "", e)
		for name := range e {
			if err == nil || !strings.HasPrefix(err.Error(), name+": ") {
				t.Errorf("%v: %v", e, err)
			}
		}
	}
}

func TestDataHasADefaultUnlessTheStoreIsNamed(t *testing.T) {
	if got, _ := loadFrom(t, "", nil); storeURL(got.Data, got.Store) != "pebble:./saldo-data" {
		t.Errorf("default: %q %q", got.Data, got.Store)
	}
	if got, _ := loadFrom(t, "store: pebble:/books", nil); storeURL(got.Data, got.Store) != "pebble:/books" {
		t.Errorf("store: %q %q", got.Data, got.Store)
	}
}

// Every key is documented with its variable and flag, and no flag is given to a
// secret.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeOf(config{})
	for i := range fields.NumField() {
		field := fields.Field(i)
		key := field.Tag.Get("yaml")
		row := rowOf(string(text), key)
		if key == "" || row == "" {
			t.Errorf("%s (key %q) is not documented", field.Name, key)
			continue
		}
		if field.Name != "Brands" && !strings.Contains(row, "`"+variable(key)+"`") {
			t.Errorf("%s: the row does not name its variable", key)
		}
		isFlag := field.Tag.Get("kong") != "-"
		if isFlag != strings.Contains(row, "`--"+flagName(key)+"`") {
			t.Errorf("%s: the row does not agree on the flag: %s", key, row)
		}
		isSecret := strings.Contains(field.Type.String(), "Secret")
		if isSecret && isFlag {
			t.Errorf("%s: a secret has a flag", key)
		}
		if !isFlag {
			continue
		}
		if _, err := loadFrom(t, "", nil, "--"+flagName(key)+"="+sample(field.Type)); err != nil {
			t.Errorf("--%s: %v", flagName(key), err)
		}
		if value := reflect.ValueOf(defaults()).Field(i); !value.IsZero() && value.Kind() == reflect.String &&
			!strings.Contains(row, "`"+value.String()+"`") {
			t.Errorf("%s: the row does not name its default", key)
		}
	}
}

// rowOf is the line of the tables that is about a key.
func rowOf(text, key string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| `"+key+"` |") {
			return line
		}
	}
	return ""
}

func sample(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Bool:
		return "true"
	case reflect.Int:
		return "1"
	}
	return "x"
}
