/**
 * A home router that opens ports for whoever asks by UPnP (Internet Gateway Device 2), as little of it as that takes. Runs on the router of a test
 * internet. Arguments: its address at home, its address outside. Says the port whenever it opened one.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'

const [inside = '', outside = ''] = process.argv.slice(2)
const PORT = 5000
const DEVICE = 'urn:schemas-upnp-org:device:InternetGatewayDevice:2'
const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:2'
const DESCRIPTION = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>${DEVICE}</deviceType><serviceList><service>
<serviceType>${SERVICE}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId><SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL>
<eventSubURL>/events</eventSubURL></service></serviceList></device></root>`

const search = createSocket({ type: 'udp4', reuseAddr: true })
search.on('message', (message, from) => {
  if (!message.toString().startsWith('M-SEARCH')) return
  search.send([
    'HTTP/1.1 200 OK', 'CACHE-CONTROL: max-age=1800', 'EXT:', `LOCATION: http://${inside}:${PORT}/description.xml`, 'SERVER: test', `ST: ${DEVICE}`,
    `USN: uuid:00000000-0000-0000-0000-000000000001::${DEVICE}`, '', ''
  ].join('\r\n'), from.port, from.address)
})
search.bind(1900, () => search.addMembership('239.255.255.250', inside))

function answer(action: string, body: string): string {
  if (action === 'GetExternalIPAddress') return `<NewExternalIPAddress>${outside}</NewExternalIPAddress>`
  if (action !== 'AddAnyPortMapping') return ''
  const field = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`, 'u').exec(body)?.[1] ?? ''
  // Another one than was asked for, as routers may.
  const port = String(Number(field('NewExternalPort')) - 20_000)
  execFileSync('nft', [`
    table ip home {
      chain in { type nat hook prerouting priority dstnat; iifname "eth0" tcp dport ${port} dnat to ${field('NewInternalClient')}:${field('NewInternalPort')}; }
    }
    insert rule ip home through iifname "eth0" tcp dport ${field('NewInternalPort')} accept`])
  process.stdout.write(`${port}\n`)
  return `<NewReservedPort>${port}</NewReservedPort>`
}

createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    response.setHeader('Content-Type', 'text/xml')
    if (request.method === 'GET') return response.end(DESCRIPTION)
    const action = /#(\w+)/u.exec(String(request.headers['soapaction']))?.[1] ?? ''
    return response.end(`<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<u:${action}Response xmlns:u="${SERVICE}">${answer(action, body)}</u:${action}Response></s:Body></s:Envelope>`)
  })
}).listen(PORT, inside)
