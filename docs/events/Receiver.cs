using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

var secret = Convert.FromBase64String(
    (Environment.GetEnvironmentVariable("WEBHOOK_SECRET") ?? "").Replace("whsec_", ""));
var tolerance = TimeSpan.FromMinutes(5);
// In your database: a unique key on the event's id, in the transaction of what you do about the event.
var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();

bool IsOurs(IHeaderDictionary headers, byte[] body)
{
    var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
    if (id == "" || !long.TryParse(timestamp, out var seconds)) return false;
    if ((DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > tolerance) return false;
    byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
    var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed)));
    // Several while a secret is being rotated.
    return headers["webhook-signature"].ToString().Split(' ')
        .Any(signature => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected));
}

var app = WebApplication.CreateBuilder(args).Build();
app.MapPost("/{**path}", async (HttpRequest request) =>
{
    // The bytes as they came: parsed and written again they would have another signature.
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer);
    if (!IsOurs(request.Headers, buffer.ToArray())) return Results.BadRequest();
    using var document = JsonDocument.Parse(buffer.ToArray());
    var id = document.RootElement.GetProperty("id").GetString() ?? "";
    if (seen.TryAdd(id, true)) Console.WriteLine(document.RootElement.GetProperty("type").GetString());
    // Quickly: what takes long is done afterwards.
    return Results.NoContent();
});
app.Run();
