package main

import (
	"context"
)

// allPages follows the tokens from a first page and returns all pages as one answer.
func (w *world) allPages(ctx context.Context, c call, page answer) answer {
	pages := []any{}
	for page.err == nil {
		pages = append(pages, page.body)
		token, more := page.body["NextToken"].(string)
		if !more {
			page.body = map[string]any{pagesKey: pages}
			return page
		}
		page = w.call(ctx, c.with("NextToken", token))
	}
	return page
}

// pagesKey is the member of an answer of allPages.
const pagesKey = "pages"

// pagesLike returns the pages of an answer as far as they are expected: the number of elements where a number is, the
// list where a list is, else the whole page.
func pagesLike(want []any, body map[string]any) []any {
	pages, _ := body[pagesKey].([]any)
	like := make([]any, len(pages))
	for i := range pages {
		page, _ := pages[i].(map[string]any)
		like[i] = page
		if i >= len(want) {
			continue
		}
		switch want[i].(type) {
		case float64:
			like[i] = float64(len(listIn(page)))
		case []any:
			like[i] = listIn(page)
		}
	}
	return like
}

// listIn returns the list of an answer that has one.
func listIn(body map[string]any) []any {
	for _, member := range body {
		if list, ok := member.([]any); ok {
			return list
		}
	}
	return nil
}
