package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
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
	if err := decodeStrict(data, &file); err != nil || file.Faults == nil {
		return nil, errors.New("the file must be an object that has only the list faults, see --help for an example")
	}
	rules := make([]localaws.FaultRule, len(file.Faults))
	for i, rule := range file.Faults {
		if err := decodeStrict(rule, &rules[i]); err != nil {
			return nil, fmt.Errorf("faults[%d]%w", i, explain(err))
		}
	}
	return rules, nil
}

func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
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
	case strings.Contains(err.Error(), "unknown field"):
		return fmt.Errorf(": %s, a rule has %s", strings.TrimPrefix(err.Error(), "json: "),
			fieldNames(reflect.TypeFor[localaws.FaultRule]()))
	default:
		return fmt.Errorf(": %w", err)
	}
}

// fieldNames lists the fields of a rule as a file has them.
func fieldNames(of reflect.Type) string {
	var names []string
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Type.Kind() == reflect.Pointer {
			name += " {" + fieldNames(field.Type.Elem()) + "}"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
