package rpc

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	oteltrace "go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// trace starts the span of a call, inside the caller's trace if it sent one. Until a provider is set it costs next to nothing.
func trace(ctx context.Context, in *Incoming) (context.Context, func(error)) {
	md, _ := metadata.FromIncomingContext(ctx)
	if parent := md.Get("traceparent"); len(parent) > 0 {
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.MapCarrier{"traceparent": parent[0]})
	}
	ctx, span := otel.Tracer("jiebang").Start(ctx, in.Method, oteltrace.WithSpanKind(oteltrace.SpanKindServer))
	return ctx, func(err error) {
		span.SetAttributes(attribute.String("rpc.system", "grpc"), attribute.String("jiebang.call_id", in.CallID),
			attribute.String("rpc.grpc.status", status.Code(err).String()))
		if err != nil {
			span.SetStatus(codes.Error, Reason(err))
		}
		span.End()
	}
}
