package services

import "github.com/jiebang/jiebang/services/internal/limit"

// Limits are how often addresses, principals and organizations may call.
type Limits = limit.Rates

// Rate is how many calls there may be: PerSecond over time, and Burst at once. The zero Rate is the default one; a negative PerSecond is no limit.
type Rate = limit.Rate

// Unlimited are no limits at all: for who measures.
var Unlimited = limit.None
