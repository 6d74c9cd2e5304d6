using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class MemoryCachedAnswerTests(SseWorld world) : CachedAnswerFacts(world), IClassFixture<SseWorld>;
