package tidy

// Module is the path of this module, with which the imports of our own packages begin.
const Module = "github.com/saldo-pix/saldo"

// PlannedArrows says which of our packages may import which. A new package takes its place in one
// of the groups; an arrow that the groups forbid needs a line with its reason under Also.
var PlannedArrows = Arrows{
	Groups: [][]string{
		{"money"},
		{"internal/scenario", "internal/sheet", "openapi"},
		{"pixid"},
		{"ledger"},
		{"pix"},
		{"book"},
		{"wire"},
		{"alert", "auth", "brand", "outbox", "page", "reconcile", "report", "statement", "watch", "webhook"},
		{"book/booktest"},
		{
			"console", "dashboard", "httpapi", "operator",
			"payout", "rail/http", "rail/sandbox",
			"store/memory", "store/pebble", "store/postgres",
		},
		{"server"},
		{"bench"},
		{"cmd/saldo"},
		{"internal/tidy"},
	},
	Only: map[string][]string{
		"internal/sheet": {},
		"pixid":          {},
		"wire":           {"book", "money"},
		"internal/tidy":  {},
		"openapi":        {},
	},
	Also: map[Arrow]string{
		{"page", "auth"}:           "who is signed in is an identity of auth",
		{"page", "brand"}:          "pages carry the brand's name and colours",
		{"alert", "webhook"}:       "channels are sealed, and messages given up and replayed, as webhooks are",
		{"reconcile", "statement"}: "the ledger's side is read as a statement of account, and tables are written alike",
		{"report", "statement"}:    "a report is the sum of a statement's lines, and tables are written alike",
		{"bench", "book/booktest"}: "load is made of the same histories as tests",
	},
	TestSupport: []string{"book/booktest", "internal/scenario"},
	ForTests: map[string]string{
		"internal/scenario": "the runner of tests that are written down as text",
		"book/booktest":     "the suites and generators that tests share",
		"store/memory":      "the store that tests run on",
		"test/pgtest":       "the PostgreSQL servers that tests start",
		"test/texts":        "what must hold of the words of both sites of pages",
	},
	Free: []string{"examples", "test"},
}

// PlannedBorders says what our packages may import that is not ours.
var PlannedBorders = Borders{
	Pure: []string{"money", "pixid", "ledger", "pix"},
	Banned: map[string]string{
		"context":          "rules neither wait nor give up",
		"database/sql/...": "storage is the stores' matter",
		"encoding/json":    "each edge owns its shapes and converts",
		"log":              "the core does not log",
		"net":              "the core does no I/O",
		"net/http/...":     "the core does no I/O",
		"os/...":           "the core does no I/O",
	},
	Excused: map[Arrow]string{
		{"pix", "encoding/json"}: "what few movements have is kept as one text, which no store needs to understand",
	},
	PureModules: map[string][]string{
		"pixid": {"golang.org/x/text"}, // folding of names in a BR Code
	},
	TestModules: []string{
		"github.com/anishathalye/porcupine",
		"github.com/chromedp/cdproto",
		"github.com/chromedp/chromedp",
		"github.com/emersion/go-sasl",
		"github.com/emersion/go-smtp",
		"github.com/getkin/kin-openapi",
		"github.com/rogpeppe/go-internal",
		"github.com/santhosh-tekuri/jsonschema/v6",
		"pgregory.net/rapid",
	},
	TestFolders: []string{"bench", "book/booktest", "internal/scenario", "test"},
}

// PlannedEffects says who may read the clock or draw at random. Everything else is given a now or
// a rand by its constructor.
var PlannedEffects = Effects{
	Anywhere: []string{"bench", "book/booktest", "cmd", "examples", "test"},
	Sources: map[string]Effect{
		"time":        {Only: []string{"Now", "Since", "Until"}},
		"crypto/rand": {Except: []string{"Int", "Prime"}}, // they draw from a reader they are given
		"math/rand": {Except: []string{
			"New", "NewSource", "NewZipf", "Rand", "Source", "Source64", "Zipf",
		}},
		"math/rand/v2": {Except: []string{
			"ChaCha8", "New", "NewChaCha8", "NewPCG", "NewZipf", "PCG", "Rand", "Source", "Zipf",
		}},
		"github.com/google/uuid": {Only: []string{
			"New", "NewRandom", "NewString", "NewUUID", "NewV6", "NewV7", "NewV7FromReader",
		}},
	},
}

// PlannedSizes are the most that we want to read at once.
var PlannedSizes = Sizes{FileLines: 500, TestFileLines: 700, FuncLines: 70, Columns: 120}

// Exact are the folders that count in whole centavos, with no float in sight.
var Exact = []string{"money", "ledger", "pix", "book", "store"}
