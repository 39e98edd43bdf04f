package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/internal/localaws"
)

// loadFaults reads the rules of a faults file.
func loadFaults(path string) (localaws.Hook, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading faults: %w", err)
	}
	rules, err := parseFaults(text)
	if err != nil {
		return nil, fmt.Errorf("reading faults from %s: %w", path, err)
	}
	hook, err := localaws.Faults(rules...)
	if err != nil {
		return nil, fmt.Errorf("reading faults from %s: %w", path, err)
	}
	return hook, nil
}

// parseFaults reads the YAML of a faults file: an object with the list faults, and no field that there is not.
func parseFaults(text []byte) ([]localaws.FaultRule, error) {
	data, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	var file struct {
		Faults []json.RawMessage `json:"faults"`
	}
	err = json.Unmarshal(data, &file)
	if err != nil || file.Faults == nil || unknownField(data, reflect.TypeOf(file)) != "" {
		return nil, errors.New("the file must be an object that has only the list faults, see --help for an example")
	}
	rules := make([]localaws.FaultRule, len(file.Faults))
	for i, rule := range file.Faults {
		if err := parseRule(rule, &rules[i]); err != nil {
			return nil, fmt.Errorf("faults[%d]%w", i, err)
		}
	}
	return rules, nil
}

// parseRule reads one rule; the error goes on after the name of the rule.
func parseRule(data []byte, rule *localaws.FaultRule) error {
	if err := json.Unmarshal(data, rule); err != nil {
		return explain(err)
	}
	if name := unknownField(data, reflect.TypeOf(*rule)); name != "" {
		return fmt.Errorf(": unknown field %q, a rule has %s", name, fieldNames(reflect.TypeOf(*rule)))
	}
	var given struct{ Calls map[string]int }
	_ = json.Unmarshal(data, &given) // it was read before
	for _, name := range slices.Sorted(maps.Keys(given.Calls)) {
		if given.Calls[name] == 0 {
			return fmt.Errorf(".calls.%s: calls count from 1, give at least 1 or leave it out", name)
		}
	}
	return nil
}

// unknownField returns a field of a JSON object, or of objects in it, that the type does not have in just these
// letters; empty for none.
func unknownField(data []byte, of reflect.Type) string {
	var given map[string]json.RawMessage
	_ = json.Unmarshal(data, &given) // what is no object has no fields
	for _, name := range slices.Sorted(maps.Keys(given)) {
		field, known := fieldOf(of, name)
		if !known {
			return name
		}
		if field.Kind() != reflect.Pointer {
			continue
		}
		if unknown := unknownField(given[name], field.Elem()); unknown != "" {
			return unknown
		}
	}
	return ""
}

// fieldOf returns the type of the field that JSON has under a name.
func fieldOf(of reflect.Type, name string) (reflect.Type, bool) {
	for i := range of.NumField() {
		if jsonName(of.Field(i)) == name {
			return of.Field(i).Type, true
		}
	}
	return nil, false
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// explain says what to do about an error of decoding a rule; it goes on after the name of the rule.
func explain(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return fmt.Errorf(": it is a %s and must be an object", wrong.Value)
	case errors.As(err, &wrong) && wrong.Type.Kind() == reflect.String:
		return fmt.Errorf(".%s: it is a %s and must be text, put it in quotes", wrong.Field, wrong.Value)
	case errors.As(err, &wrong):
		return fmt.Errorf(".%s: it is a %s and must be of type %s", wrong.Field, wrong.Value, wrong.Type)
	default:
		return fmt.Errorf(": %w", err)
	}
}

// fieldNames lists the fields of a rule as a file has them.
func fieldNames(of reflect.Type) string {
	var names []string
	for i := range of.NumField() {
		field := of.Field(i)
		name := jsonName(field)
		if field.Type.Kind() == reflect.Pointer {
			name += " {" + fieldNames(field.Type.Elem()) + "}"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
