// Package match says how well a demand and what could answer it fit, and why. It is pure: a pair of texts, the frequencies of terms, and weights
// that are data.
//
// A score is a weighted sum of features between 0 and 1, each of which is a reason that can be shown:
//
//   - title: the cosine of the two texts by single characters and pairs of characters, each weighed by its rarity in the pool;
//   - text: the same between the demand's description and the other text, where a term must also be rare among demands;
//   - meaning: the cosine of the mean vectors of the words;
//   - cover: how much of the description's words has a word of like meaning in the other text;
//   - field, stage, contracts: the same technology field, a stage that fits, contracts signed here. These are set, not learned.
package match
