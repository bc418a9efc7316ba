package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// splitRequest is one of the splits of a charge (contract §4.2).
type splitRequest struct {
	PixKey     *string         `json:"pixKey"`
	PixKeyType *string         `json:"pixKeyType"`
	Name       *string         `json:"name"`
	Document   *string         `json:"document"`
	Type       *string         `json:"type"`
	Value      json.RawMessage `json:"value"`
	Immediate  bool            `json:"immediate"`
}

// splitTextMax is how long a split's texts may be, in characters.
const splitTextMax = 255

// splitKeyTypes are the names that splits give to types of key.
var splitKeyTypes = map[string]pixid.KeyType{
	"EMAIL": pixid.KeyEmail, "PHONE": pixid.KeyPhone, "CPF": pixid.KeyCPF, "CNPJ": pixid.KeyCNPJ,
	"RANDOM": pixid.KeyEVP,
}

func readSplits(f *wire.Fields, in []splitRequest) []pix.Split {
	if len(in) > pix.SplitsMax {
		f.Refuse("splits", fmt.Sprintf("must have at most %d items", pix.SplitsMax))
		return nil
	}
	splits := make([]pix.Split, len(in))
	for i := range in {
		splits[i] = in[i].read(f, fmt.Sprintf("splits[%d].", i))
	}
	return splits
}

func (in *splitRequest) read(f *wire.Fields, at string) pix.Split {
	s := pix.Split{
		Name:     f.Text(at+"name", in.Name, splitTextMax),
		Document: readDocument(f, at+"document", in.Document), Immediate: in.Immediate,
	}
	name := f.OneOf(at+"pixKeyType", in.PixKeyType, "EMAIL", "PHONE", "CPF", "CNPJ", "RANDOM")
	text := f.Text(at+"pixKey", in.PixKey, splitTextMax)
	if name != "" && text != "" {
		key, err := pixid.ParseKeyAs(splitKeyTypes[name], text)
		if err != nil {
			f.Refuse(at+"pixKey", "is not a valid key of type "+name)
		}
		s.KeyType, s.Key = key.Type, key.Value
	}
	value := f.Amount(at+"value", in.Value)
	switch f.OneOf(at+"type", in.Type, "FIXED", "PERCENTAGE") {
	case "FIXED":
		s.Fixed = value
	case "PERCENTAGE":
		if s.Percent = int64(value); s.Percent > 100*pix.PercentOne {
			f.Refuse(at+"value", "must be at most 100 per cent")
		}
	}
	return s
}
