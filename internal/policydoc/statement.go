package policydoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Statement is one statement of a policy document. Lists of one and plain strings are the same here. A statement that
// was read keeps its text and is written as that; to change one, build a new one.
type Statement struct {
	Sid    string
	Effect string

	Principal, NotPrincipal                  Principals
	Action, NotAction, Resource, NotResource []string

	// Condition maps operator to key to values.
	Condition map[string]map[string][]string

	raw     string                     // the text as read, without white space between tokens; empty when built
	unknown map[string]json.RawMessage // members that this package does not know
}

// Principals maps a type of principal ("AWS", "Service", "Federated", "CanonicalUser") to its members. The plain "*",
// which is everyone, is Everyone().
type Principals map[string][]string

// everyone is both the key and the one member of the plain "*".
const everyone = "*"

// Everyone is the principal "*".
func Everyone() Principals { return Principals{everyone: {everyone}} }

// statementJSON is the order in which members are written.
type statementJSON struct {
	Sid          string                          `json:",omitempty"`
	Effect       string                          `json:",omitempty"`
	Principal    any                             `json:",omitempty"`
	NotPrincipal any                             `json:",omitempty"`
	Action       oneOrMany                       `json:",omitempty"`
	NotAction    oneOrMany                       `json:",omitempty"`
	Resource     oneOrMany                       `json:",omitempty"`
	NotResource  oneOrMany                       `json:",omitempty"`
	Condition    map[string]map[string]oneOrMany `json:",omitempty"`
}

// JSON returns the statement as compact JSON.
func (s Statement) JSON() string {
	if s.raw != "" {
		return s.raw
	}
	out := statementJSON{
		Sid: s.Sid, Effect: s.Effect,
		Principal: s.Principal.plain(), NotPrincipal: s.NotPrincipal.plain(),
		Action: s.Action, NotAction: s.NotAction, Resource: s.Resource, NotResource: s.NotResource,
		Condition: map[string]map[string]oneOrMany{},
	}
	for operator, keys := range s.Condition {
		out.Condition[operator] = map[string]oneOrMany{}
		for key, values := range keys {
			out.Condition[operator][key] = values
		}
	}
	return encode(out)
}

// plain returns what to marshal for p.
func (p Principals) plain() any {
	if len(p) == 0 {
		return nil
	}
	if _, ok := p[everyone]; ok {
		return everyone
	}
	out := map[string]oneOrMany{}
	for kind, members := range p {
		out[kind] = members
	}
	return out
}

// parseStatement reads one statement.
func parseStatement(raw json.RawMessage) (Statement, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return Statement{}, err
	}
	s := Statement{raw: compact.String()}
	if err := json.Unmarshal(raw, &s.unknown); err != nil {
		return Statement{}, err
	}
	if s.unknown == nil {
		return Statement{}, errors.New("a statement must be an object")
	}
	members := []struct {
		name string
		read func(json.RawMessage) error
	}{
		{"Sid", func(m json.RawMessage) error { return text(m, &s.Sid) }},
		{"Effect", func(m json.RawMessage) error { return text(m, &s.Effect) }},
		{"Principal", s.Principal.read},
		{"NotPrincipal", s.NotPrincipal.read},
		{"Action", list(&s.Action)},
		{"NotAction", list(&s.NotAction)},
		{"Resource", list(&s.Resource)},
		{"NotResource", list(&s.NotResource)},
		{"Condition", s.readCondition},
	}
	for _, member := range members {
		if err := member.read(s.unknown[member.name]); err != nil {
			return Statement{}, fmt.Errorf("reading %s: %w", member.name, err)
		}
		delete(s.unknown, member.name)
	}
	return s, nil
}

func (s *Statement) readCondition(raw json.RawMessage) error {
	var operators map[string]map[string]oneOrMany
	if err := optional(raw, &operators); err != nil {
		return err
	}
	for operator, keys := range operators {
		for key, values := range keys {
			s.addCondition(operator, key, values...)
		}
	}
	return nil
}

// addCondition sets the values of one condition key.
func (s *Statement) addCondition(operator, key string, values ...string) {
	if s.Condition == nil {
		s.Condition = map[string]map[string][]string{}
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = map[string][]string{}
	}
	s.Condition[operator][key] = values
}

func (p *Principals) read(raw json.RawMessage) error {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if err := text(raw, &s); err != nil {
			return err
		}
		if s != everyone {
			return fmt.Errorf("%q: the only principal without a type is *", s)
		}
		*p = Everyone()
		return nil
	}
	var kinds map[string]oneOrMany
	if err := optional(raw, &kinds); err != nil || kinds == nil {
		return err
	}
	*p = Principals{}
	for kind, members := range kinds {
		if kind == everyone {
			return fmt.Errorf("%q is no type of principal", kind)
		}
		(*p)[kind] = members
	}
	return nil
}
