package main

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestReplayOfFilters(t *testing.T) {
	for name, c := range map[string]struct{ document, reason string }{
		"delivered": {document: `{"scope":"MessageAttributes","policy":"{\"a\":[\"x\"]}",
			"messageAttributes":{"a":{"DataType":"String","StringValue":"x"}},"body":"m","delivered":true}`},
		"not delivered": {document: `{"scope":"MessageAttributes","policy":"{\"a\":[\"x\"]}",
			"messageAttributes":{"a":{"DataType":"String","StringValue":"y"}},"body":"m","delivered":false}`},
		"delivered, AWS filtered it out": {document: `{"scope":"MessageBody","policy":"{\"a\":[\"x\"]}",
			"messageAttributes":{},"body":"{\"a\":\"x\"}","delivered":false}`, reason: "the message was delivered"},
		"filtered out, AWS delivered it": {document: `{"scope":"MessageBody","policy":"{\"a\":[\"x\"]}",
			"messageAttributes":{},"body":"{\"a\":\"y\"}","delivered":true}`, reason: "the message was filtered out"},
		"no policy": {document: `{"scope":"","policy":"","body":"m","delivered":true}`},
		"bytes": {document: `{"policy":"{\"a\":[\"x\"]}","messageAttributes":{"a":{"DataType":"String","StringValue":"x"},
			"b":{"DataType":"Binary","BinaryValue":{"__bytes__":"31"}}},"body":"m","delivered":true}`},
		"refused policy":  {document: `{"scope":"MessageBody","policy":"{\"a\":[]}","body":"{}","delivered":true}`, reason: "calling Subscribe: "},
		"refused message": {document: `{"scope":"MessageBody","policy":"","body":"","delivered":false}`, reason: "calling Publish: "},

		"event matches":          {document: `{"pattern":"{\"a\":{\"b\":[1]}}","event":"{\"a\":{\"b\":1}}","valid":true,"matches":true}`},
		"event does not match":   {document: `{"pattern":"{\"a\":{\"b\":[1]}}","event":"{\"a\":{\"b\":2}}","valid":true,"matches":false}`},
		"event matches, not AWS": {document: `{"pattern":"{\"a\":[1]}","event":"{\"a\":1}","valid":true,"matches":false}`, reason: "the message was delivered"},
		"refused by both":        {document: `{"pattern":"{\"a\":1}","event":"{\"a\":1}","valid":false,"matches":null}`},
		"refused by SNS only":    {document: `{"pattern":"{\"a\":[{\"wildcard\":\"*b\"}]}","event":"{\"a\":\"b\"}","valid":true,"matches":true}`, reason: errIncomparable.Error()},
		"taken by SNS only":      {document: `{"pattern":"{\"a\":[1]}","event":"{\"a\":1}","valid":false,"matches":null}`, reason: errIncomparable.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := readCase(json.RawMessage(c.document))
			if err != nil {
				t.Fatal(err)
			}
			got := found.replay(t.Context())
			wantReason(t, got, c.reason)
			if errors.Is(got, errIncomparable) != (c.reason == errIncomparable.Error()) {
				t.Errorf("replay: %v, want it compared: %v", got, c.reason != errIncomparable.Error())
			}
		})
	}
}
