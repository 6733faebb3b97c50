package demo

import (
	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// All names in this file are made up; the numbers that they add up to are those of the bureau's report.

// need is a demand of the demonstration.
type need struct {
	title string
	field pb.TechnologyField
}

var needs = []need{
	{"超细碳酸钙表面改性与分散稳定技术", pb.TechnologyField_NEW_MATERIALS},
	{"有机硅单体合成副产物高值化利用", pb.TechnologyField_NEW_MATERIALS},
	{"高导热硅橡胶界面材料配方开发", pb.TechnologyField_NEW_MATERIALS},
	{"纳米催化剂连续化制备工艺放大", pb.TechnologyField_NEW_MATERIALS},
	{"橡胶助剂清洁生产与废盐资源化", pb.TechnologyField_ENVIRONMENT},
	{"废旧轮胎裂解炭黑提质改性", pb.TechnologyField_ENVIRONMENT},
	{"低压铸造铝合金壳体气孔缺陷在线检测", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"五金工具热处理变形预测与控制", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"微型电机定子自动绕线张力控制", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"换热器微通道钎焊质量无损评价", pb.TechnologyField_NEW_ENERGY},
	{"变压器局部放电多源信号智能诊断", pb.TechnologyField_NEW_ENERGY},
	{"储能电池簇热失控早期预警", pb.TechnologyField_NEW_ENERGY},
	{"草莓脱毒种苗工厂化繁育技术", pb.TechnologyField_AGRICULTURE},
	{"山核桃采后干燥与保鲜关键技术", pb.TechnologyField_AGRICULTURE},
	{"淡水鱼预制菜风味保持与品质控制", pb.TechnologyField_AGRICULTURE},
	{"蛋鸡养殖粪污除臭与有机肥发酵菌剂", pb.TechnologyField_AGRICULTURE},
	{"中药材三七提取残渣综合利用", pb.TechnologyField_BIOMEDICINE},
	{"缓释微球制剂粒径均一性控制", pb.TechnologyField_BIOMEDICINE},
	{"医用高分子导管亲水涂层附着力提升", pb.TechnologyField_BIOMEDICINE},
	{"酶法合成手性中间体工艺开发", pb.TechnologyField_BIOMEDICINE},
	{"无人机复合材料桨叶轻量化设计", pb.TechnologyField_AEROSPACE},
	{"通用飞机座舱噪声主动控制", pb.TechnologyField_AEROSPACE},
	{"轻型无人直升机飞控冗余架构", pb.TechnologyField_AEROSPACE},
	{"印制电路板缺陷视觉检测小样本学习", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"工业设备边缘计算网关协议自适配", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"家纺图案智能生成与版权比对", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"水泥窑炉能效数字孪生优化", pb.TechnologyField_ENVIRONMENT},
	{"印染废水深度脱色与回用", pb.TechnologyField_ENVIRONMENT},
	{"化工园区挥发性有机物溯源监测", pb.TechnologyField_ENVIRONMENT},
	{"新能源客车制动能量回收策略", pb.TechnologyField_TRANSPORT},
	{"港口短驳车辆队列行驶控制", pb.TechnologyField_TRANSPORT},
	{"装配式桥梁湿接缝超高性能混凝土", pb.TechnologyField_URBAN_SOCIETY},
	{"老旧小区管网渗漏声学定位", pb.TechnologyField_URBAN_SOCIETY},
	{"灯具二次光学设计与眩光控制", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"碳酸钙母粒在可降解薄膜中的应用", pb.TechnologyField_NEW_MATERIALS},
	{"草甘膦母液膜法浓缩与回收", pb.TechnologyField_ENVIRONMENT},
	{"硅烷偶联剂连续流合成工艺", pb.TechnologyField_NEW_MATERIALS},
	{"阻燃电缆料低烟无卤配方", pb.TechnologyField_NEW_MATERIALS},
	{"高强度紧固件冷镦模具寿命提升", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"数控机床主轴热误差补偿", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"茶叶色选与分级高光谱方法", pb.TechnologyField_AGRICULTURE},
	{"柑橘采摘机器人末端执行器", pb.TechnologyField_AGRICULTURE},
	{"光伏组件隐裂红外巡检识别", pb.TechnologyField_NEW_ENERGY},
	{"氢气阀门密封材料耐久评价", pb.TechnologyField_NEW_ENERGY},
	{"注塑件熔接痕消除工艺仿真", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"健身器材动态阻尼可控材料", pb.TechnologyField_NEW_MATERIALS},
	{"食用菌液体菌种规模化培养", pb.TechnologyField_AGRICULTURE},
	{"包装纸板防潮增强涂布技术", pb.TechnologyField_NEW_MATERIALS},
	{"地下水氟化物吸附材料再生", pb.TechnologyField_ENVIRONMENT},
	{"航空铝材表面无铬钝化", pb.TechnologyField_AEROSPACE},
	{"矿山充填料浆流变在线测量", pb.TechnologyField_ADVANCED_MANUFACTURING},
	{"智能水表低功耗通信优化", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"果酒澄清与风味物质保留工艺", pb.TechnologyField_AGRICULTURE},
	{"污泥低温热解炭化协同处置", pb.TechnologyField_ENVIRONMENT},
	{"仿生减阻涂层在水泵中的应用", pb.TechnologyField_ADVANCED_MANUFACTURING},
}

// achievements are what was auctioned 成果拍卖.
var achievements = []need{
	{"一种高白度超细碳酸钙制备方法", pb.TechnologyField_NEW_MATERIALS},
	{"有机硅废触媒铜回收方法", pb.TechnologyField_ENVIRONMENT},
	{"农产品近红外快速检测模型", pb.TechnologyField_AGRICULTURE},
	{"电机故障声纹识别算法", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"可降解地膜专用料配方", pb.TechnologyField_AGRICULTURE},
	{"换热板片强化传热结构", pb.TechnologyField_NEW_ENERGY},
	{"骨科植入物表面活性涂层", pb.TechnologyField_BIOMEDICINE},
	{"桥梁索力无线监测装置", pb.TechnologyField_TRANSPORT},
	{"多旋翼飞行器电池快换机构", pb.TechnologyField_AEROSPACE},
}

var firms = []string{
	"新安江硅材料有限公司", "梅城橡胶制品有限公司", "严州钙业有限公司", "寿昌航空部件有限公司", "大同五金工具有限公司", "乾潭家纺有限公司",
	"更楼制药有限公司", "洋溪电力设备有限公司", "下涯换热技术有限公司", "三都农业发展有限公司", "莲花食品有限公司", "大慈岩环保科技有限公司",
	"航头机电有限公司", "李家数控装备有限公司", "钦堂新材料有限公司", "杨村桥草莓科技有限公司",
}

// solvers are three universities and an institute.
var solvers = []struct {
	name string
	kind pb.Organization_Kind
}{
	{"之江理工大学", pb.Organization_UNIVERSITY},
	{"钱塘科技大学", pb.Organization_UNIVERSITY},
	{"东海工业大学", pb.Organization_UNIVERSITY},
	{"富春江新材料研究院", pb.Organization_INSTITUTE},
}

const broker = "严陵技术转移有限公司"
