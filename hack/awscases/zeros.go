package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sendZeros makes the SDK send the parameters that are 0 or false. Its inputs for SQS hold plain numbers, so that it
// leaves zeros out, and AWS then takes the queue's setting instead: VisibilityTimeout 0 would mean 30 seconds.
func sendZeros(params map[string]any) middleware.BuildMiddleware {
	return middleware.BuildMiddlewareFunc("SendZeros", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		rq, ok := in.Request.(*smithyhttp.Request)
		if !ok || rq.Header.Get("Content-Type") != "application/x-amz-json-1.0" {
			return next.HandleBuild(ctx, in)
		}
		rewritten, err := withZeros(rq, params)
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, fmt.Errorf("sending zeros: %w", err)
		}
		in.Request = rewritten
		return next.HandleBuild(ctx, in)
	})
}

func withZeros(rq *smithyhttp.Request, params map[string]any) (*smithyhttp.Request, error) {
	var body map[string]any
	data, err := io.ReadAll(rq.GetStream())
	if err == nil {
		err = json.Unmarshal(data, &body)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	addZeros(body, params)
	if data, err = json.Marshal(body); err != nil {
		return nil, fmt.Errorf("writing a request: %w", err)
	}
	return rq.SetStream(bytes.NewReader(data))
}

// addZeros puts the zeros of params into body, at any depth.
func addZeros(body, params any) {
	switch params := params.(type) {
	case map[string]any:
		object, _ := body.(map[string]any)
		for name, value := range params {
			if _, sent := object[name]; !sent && object != nil && (value == float64(0) || value == false) {
				object[name] = value
			}
			addZeros(object[name], value)
		}
	case []any:
		list, _ := body.([]any)
		for i := range min(len(list), len(params)) {
			addZeros(list[i], params[i])
		}
	}
}
